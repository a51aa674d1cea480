"""What the entries of these tests are."""

from datetime import timedelta

from celery.schedules import crontab

SOON = {"task": "shop.close", "schedule": timedelta(seconds=1)}
LATER = {"task": "shop.close", "schedule": crontab(minute=0, hour=0, day_of_month=1)}
