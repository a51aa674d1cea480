"""What a worker's parent process tells of a run whose child is gone."""

from datetime import timedelta
from types import SimpleNamespace

from celery.exceptions import Terminated, TimeLimitExceeded, WorkerLostError

from beat_schedule.policies import RunPolicy
from beat_schedule.runs.again import JITTER
from beat_schedule.runs.request import how_it_died, recorded_request
from tests.openings import NOON, an_opening


def test_a_death_is_told_by_the_name_of_its_signal():
    killed = WorkerLostError("Worker exited prematurely: signal 9 (SIGKILL) Job: 3.")
    left = WorkerLostError("Worker exited prematurely: exitcode 3 Job: 3.")

    assert how_it_died(Terminated(15)) == "its process was ended by SIGTERM"
    assert how_it_died(killed) == "its process was ended by SIGKILL"
    assert how_it_died(left) == "its process ended with exit code 3"


class Delivery:
    """Celery's request of an attempt whose child was killed."""

    id, args, kwargs = "4711", (), {}
    task = SimpleNamespace(name="tasks.shop.close")
    time_limits, time_start = (30, 20), None

    def __init__(self, attempt):
        self._request_dict = self._context = {"retries": attempt - 1}

    def on_failure(self, _):
        """Celery knows nothing of the run."""


class Parent:
    """Of a worker's processes the one that outlives its children."""

    clock = SimpleNamespace(now=lambda: NOON)

    def __init__(self):
        self.pauses = []

    def opening(self, asked, _task):
        return an_opening(attempt=asked["retries"] + 1)

    def policy(self, _opening):
        return RunPolicy(retries=6, retry_backoff=timedelta(minutes=1))

    def end_attempt(self, _opening, ending, again, **_):
        self.pauses.append(again.not_before - ending.finished_at)


def test_the_pause_after_a_kill_doubles_with_each_attempt():
    parent = Parent()
    request = recorded_request(Delivery, parent)

    for attempt in (1, 2, 3):
        request(attempt).on_failure(SimpleNamespace(exception=TimeLimitExceeded(30)))

    for pause, minutes in zip(parent.pauses, (1, 2, 4), strict=True):
        expected = timedelta(minutes=minutes)
        assert abs(pause - expected) <= JITTER * expected
