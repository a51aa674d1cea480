"""Clocks as processes of their own: a beat and a worker for each, and none in another's way."""

from datetime import datetime

import pytest

CLOCK = """
from beat_schedule.clocks import app, scheduler
from indexing import index

scheduler.add_job(
    index, "interval", [app], id="index", seconds={seconds}, overlap="allow", catch_up="all"
)
"""

#: As `jobs.trace`, with a trace of its own.
TASKS = """
from pathlib import Path


def index(app):
    with Path("indexed").open("a") as indexed:
        print(app.due_at.isoformat(), file=indexed)
"""


@pytest.fixture
def house(installation):
    installation.write("indexing.py", TASKS)
    installation.write("algolia_clock.py", CLOCK.format(seconds=1))
    installation.environ["HOOKBEAT_AUTOLOAD"] = "algolia_clock"
    return installation


@pytest.fixture
def indexed(house):
    """The due times for which `index` ran."""
    trace = house.folder / "indexed"
    return lambda: trace.read_text().split() if trace.exists() else []


def start_beat(house, clocks):
    return house.start("celery", "-A", "worker", "beat", "--loglevel=INFO", HOOKBEAT_CLOCKS=clocks)


def start_worker(house, queue):
    return house.start(
        "celery",
        "-A",
        "worker",
        "worker",
        "--concurrency=1",
        "--loglevel=INFO",
        "-n",
        queue,
        "-Q",
        queue,
    )


def test_a_clock_goes_on_while_the_others_are_down(house, indexed, wait_until):
    common, _ = start_beat(house, "main"), start_beat(house, "algolia")
    for queue in ("default", "algolia"):
        start_worker(house, queue)
    wait_until(lambda: indexed() and house.ran(), within=60)

    common.kill()
    before = len(indexed())
    wait_until(lambda: len(indexed()) >= before + 5, within=30)

    seconds = [datetime.fromisoformat(each).timestamp() for each in indexed()]
    assert seconds == [seconds[0] + n for n in range(len(seconds))]
    assert len(house.ran()) < len(indexed())


def test_an_edited_clock_takes_effect_in_a_running_beat(house, indexed, wait_until):
    house.start_beat()
    house.start_worker()
    wait_until(lambda: indexed() and house.ran(), within=60)

    house.write("algolia_clock.py", CLOCK.format(seconds=3))

    def is_slower():
        seconds = [datetime.fromisoformat(each).timestamp() for each in indexed()[-3:]]
        return len(seconds) == 3 and seconds[2] - seconds[0] == 6

    wait_until(is_slower, within=60)
    assert "Traceback" not in house.said()
