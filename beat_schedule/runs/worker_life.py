"""What a worker's parent process does for its runs: signs of life, and giving back at the end."""

import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import Celery, signals

from .heart import in_hand_of_this_worker, requests_of_this_worker
from .process import STOPPED, Process

#: How long that may take for all runs together: without a database the beats find them silent.
PATIENCE = timedelta(seconds=20)


def look_after_runs(app: Celery, process: Process) -> None:
    """From now on, in every worker of this app."""
    heart = process.heart(in_hand_of_this_worker)

    def is_ours(worker: Any) -> bool:
        return getattr(worker, "app", None) is app

    def begin(sender: Any = None, **_: Any) -> None:
        if is_ours(sender):
            heart.start()

    def leave(how: str = "", **_: Any) -> None:
        # It does not say which worker; a process has one.
        if how == "Warm" and heart.is_beating:
            _after(process.settings.grace.total_seconds(), lambda: _give_back(process))

    def end(sender: Any = None, **_: Any) -> None:
        if is_ours(sender):
            heart.stop()

    signals.worker_ready.connect(begin, weak=False)
    signals.worker_shutting_down.connect(leave, weak=False)
    signals.worker_shutdown.connect(end, weak=False)


def _after(seconds: float, action: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()


def _give_back(process: Process) -> None:
    """Let every run go on elsewhere that has not ended, then end the worker for good."""
    until = process.clock.monotonic() + PATIENCE.total_seconds()
    for request in requests_of_this_worker():
        if opening := getattr(request, "hookbeat_opening", None):
            process.give_back(opening, STOPPED, until)
    # Celery ends its children now, and gives their messages back.
    os.kill(os.getpid(), signal.SIGQUIT)
