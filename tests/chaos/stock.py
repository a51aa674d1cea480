"""The app of the workers: plain Celery, which knows the name of one task and nothing of us."""

import os
from pathlib import Path
from typing import Any

from celery import Celery

from beat_schedule.clock import SystemClock

from .entries import QUEUE, TASK

CLOCK = SystemClock()

app = Celery("stock", broker=os.environ["CHAOS_REDIS_URL"])
app.conf.task_default_queue = QUEUE
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True
# What a worker had in hand when Redis went away comes back within the experiment.
app.conf.broker_transport_options = {"visibility_timeout": 30}


@app.task(name=TASK, bind=True)  # type: ignore[untyped-decorator]
def tick(task: Any) -> None:
    """Write down which due time came: one line in one write, in a file of this process."""
    request = task.request
    redelivered = bool((request.delivery_info or {}).get("redelivered"))
    line = (
        f"{request.hookbeat_entry}\t{request.hookbeat_due_at}\t{request.id}\t{request.origin}\t"
        f"{CLOCK.now().isoformat()}\t{int(redelivered)}\n"
    )
    path = Path(os.environ["CHAOS_TICKS"]) / f"{os.getpid()}.ticks"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)
