"""The Celery app of this house, and what its tasks may ask for."""
