"""Celery's `worker -B`: a beat in a process of its own, which the worker starts and ends."""

import os
import signal
from contextlib import suppress

import pytest
from sqlalchemy import func, select

from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.models import Occurrence
from tests.system.test_beat import SECOND


@pytest.fixture
def start(installation, wait_until):
    """Start a worker with a beat inside, and wait for its next runs."""

    def start(*options):
        seen = len(installation.ran())
        command = ("celery", "-A", "worker", "worker", "-B", "--concurrency=1")
        worker = installation.start(*command, *options, "--loglevel=INFO")
        wait_until(lambda: len(installation.ran()) >= seen + 3, within=60)
        return worker

    return start


@pytest.fixture
def decided(installation):
    """How many due times are on record, and how many there were from the first to the last."""
    engine = make_engine(installation.environ["HOOKBEAT_DATABASE_URL"])

    def decided():
        spans = [func.min(Occurrence.first_due), func.max(Occurrence.last_due)]
        with make_sessions(engine)() as session:
            first, last, count = session.execute(select(*spans, func.sum(Occurrence.count))).one()
        return (count, (last - first) // SECOND + 1) if count else (0, 0)

    yield decided
    engine.dispose()


def is_gone(worker):
    """Whether no process of its group is left, the beat's neither."""
    with suppress(ProcessLookupError):
        os.killpg(worker._process.pid, 0)
        return False
    return True


def test_a_beat_inside_a_worker_decides_each_due_time_once(
    installation, start, decided, wait_until
):
    worker = start()

    wait_until(lambda: decided()[0] >= 3, within=30)
    count, due_times = decided()
    assert count == due_times
    assert worker.said.count("beat.started") == 1
    assert "Traceback" not in worker.said
    assert len(set(installation.ran())) == len(installation.ran())


def test_it_ends_with_its_worker_and_the_next_goes_on_where_it_stopped(start, decided, wait_until):
    worker = start()
    worker.signal(signal.SIGTERM)
    wait_until(lambda: not worker.alive, within=30)
    wait_until(lambda: is_gone(worker))
    before = decided()[0]
    start()

    wait_until(lambda: decided()[0] >= before + 5, within=30)
    count, due_times = decided()
    assert count == due_times
    assert "Traceback" not in worker.said


def test_two_workers_with_a_beat_each_send_nothing_twice(installation, start, wait_until):
    one, other = start(), start()

    one.kill()
    seen = len(installation.ran())
    wait_until(lambda: len(installation.ran()) >= seen + 3, within=60)

    assert other.alive
    assert len(set(installation.ran())) == len(installation.ran())


def test_it_logs_where_its_worker_does(installation, start):
    log = installation.folder / "both.log"

    start(f"--logfile={log}")

    assert "beat.started" in log.read_text()
    assert "run.succeeded" in log.read_text()
