"""Workers lose the connection to their broker, and find it again."""

from datetime import timedelta

import pytest
import redis

from beat_schedule.clock import from_millis
from beat_schedule.runs.showing import STILL
from beat_schedule.workers import LIFE, Workers

POOLS = ("prefork", "threads")

STUCK = '''
"""A job that would not end for a long time."""

from pathlib import Path

from beat_schedule.clock import SystemClock


def stick():
    Path("began").touch()
    SystemClock().sleep(60)
'''


@pytest.fixture
def start(installation, wait_until):
    """Start a worker; returns when it takes messages."""

    def ready(pool):
        named = ("--pool", pool, "--concurrency=2", "-n", f"{pool}@here")
        worker = installation.start("celery", "-A", "worker", "worker", "--loglevel=INFO", *named)
        wait_until(lambda: "ready." in worker.said, within=60)
        return worker

    return ready


@pytest.fixture
def broker(installation):
    with redis.Redis.from_url(installation.redis.url) as client:
        yield client


def cut_all(broker):
    """Close all connections but our own, and say when, by Redis's time."""
    assert broker.client_kill_filter(_type="normal", skipme=True)
    seconds, micros = broker.time()
    return from_millis(seconds * 1_000 + micros // 1_000)


def test_a_worker_that_found_its_broker_again_is_shown_for_as_long_as_it_lives(
    start, broker, wait_until
):
    started = [start(pool) for pool in POOLS]
    workers = Workers(broker, "")
    wait_until(lambda: len(workers.seen()) == len(POOLS), within=30)

    lost_at = cut_all(broker)

    # By then one that no longer turned would have been left out.
    late = lost_at + timedelta(seconds=STILL) + LIFE / 2
    wait_until(lambda: all(worker.at > late for worker in workers.seen()), within=40)
    assert [worker.card.queues != () for worker in workers.seen()] == [True, True]
    assert not [worker.said for worker in started if "stands still" in worker.said]


def test_a_run_is_ended_by_its_timeout_also_where_the_connection_was_lost_meanwhile(
    installation, start, broker, wait_until
):
    installation.write("jobs.py", STUCK)
    entry = {"task": "jobs.stick", "timeout": 4, "name": "stuck"}
    installation.write("hooks.py", f"scheduler_events = {{'yearly': [{entry!r}]}}\n")
    start("prefork")
    installation.run("hookbeat", "run", "stuck")
    wait_until((installation.folder / "began").exists, within=30)

    cut_all(broker)

    [ended] = wait_until(lambda: [run for run in installation.runs() if run["outcome"]], within=60)
    assert ended["outcome"] == "timed out"
