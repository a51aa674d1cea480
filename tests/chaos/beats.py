"""The app of the beats: per-second entries whose task is known here by name alone."""

import os

from celery import Celery

from beat_schedule.settings import Settings
from beat_schedule.translate import translate

from .entries import QUEUE, TASK, handlers

app = Celery("chaos", broker=os.environ["HOOKBEAT_REDIS_URL"])
app.conf.task_default_queue = QUEUE
app.conf.beat_schedule = translate(
    {"every": {"1s": handlers(TASK, QUEUE)}}, Settings(queues={QUEUE: 60}), imports=False
)
