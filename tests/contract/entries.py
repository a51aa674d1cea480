"""The entries of these tests, and a Redis that is not there."""

from datetime import timedelta

from celery.schedules import crontab

NOWHERE = "redis://127.0.0.1:1/0"
SOON = {"task": "shop.close", "schedule": timedelta(seconds=1)}
LATER = {"task": "shop.close", "schedule": crontab(minute=0, hour=0, day_of_month=1)}
