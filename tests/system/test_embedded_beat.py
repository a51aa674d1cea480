"""Celery's `worker -B`: a beat in a process of its own, which the worker starts and ends."""

import os
import signal
from contextlib import suppress

import pytest

from tests.system.test_beat import SECOND, gaps


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


def is_gone(worker):
    """Whether no process of its group is left, the beat's neither."""
    with suppress(ProcessLookupError):
        os.killpg(worker._process.pid, 0)
        return False
    return True


def test_a_beat_inside_a_worker_sends_each_due_time_once(installation, start):
    worker = start()

    assert worker.said.count("beat.started") == 1
    assert "Traceback" not in worker.said
    assert set(gaps(installation.ran())) == {SECOND}


def test_it_ends_with_its_worker_and_the_next_goes_on_where_it_stopped(
    installation, start, wait_until
):
    worker = start()

    worker.signal(signal.SIGTERM)
    wait_until(lambda: not worker.alive, within=30)
    assert worker.stop() == 0
    wait_until(lambda: is_gone(worker))
    assert "Traceback" not in worker.said

    start()
    assert set(gaps(installation.ran())) == {SECOND}


def test_two_workers_with_a_beat_each_send_nothing_twice(installation, start, wait_until):
    one, other = start(), start()

    one.kill()
    seen = len(installation.ran())
    wait_until(lambda: len(installation.ran()) >= seen + 3, within=60)

    assert other.alive
    # A due time whose run the killed worker had begun leaves no trace.
    assert len(set(installation.ran())) == len(installation.ran())


def test_it_logs_where_its_worker_does(installation, start):
    log = installation.folder / "both.log"

    start(f"--logfile={log}")

    assert "beat.started" in log.read_text()
    assert "run.succeeded" in log.read_text()
