"""This house's Celery app, and what its tasks may ask for."""
