"""A worker that has never heard of us runs what our beat sends."""

import json
from datetime import datetime

import pytest

from tests.system.test_beat import SECOND, gaps

#: All that it shares with the beat is Redis and the task's name.
STOCK = '''
"""A Celery app as anybody writes it."""

import json
import os
import sys

from celery import Celery

app = Celery("stock", broker=os.environ["HOOKBEAT_REDIS_URL"])
app.conf.task_default_queue = "default"
app.conf.beat_schedule = {
    "each second": {"task": "shop.count", "schedule": 1.0, "args": ["loans"]},
}


@app.task(bind=True, name="shop.count")
def count(self, *args, **kwargs):
    # Celery's own command line imports what it can be asked; nothing of ours is in its runs.
    knows_us = hasattr(app, "hookbeat") or "worker" in sys.modules
    knows_us = knows_us or hasattr(type(self), "hookbeat_body")
    said = {"args": args, "kwargs": kwargs, "knows us": knows_us, **self.request.headers}
    with open("counted", "a") as counted:
        print(json.dumps(said), file=counted)
'''

#: What the house declares: the name, and what it takes.
SHOP = '''
"""A task that somebody else's worker carries out."""

from celery import shared_task


@shared_task(name="shop.count")
def count(kind, limit=0):
    raise AssertionError("this is the other worker's")
'''

HOOKS = """
scheduler_events = {
    "every": {
        "1s": [
            {
                "task": "shop.count",
                "name": "count",
                "tracked": False,
                "overlap": "allow",
                "args": ["loans"],
                "kwargs": {"limit": 3},
            },
        ],
    },
}
"""


@pytest.fixture
def project(installation):
    installation.write("stock.py", STOCK)
    installation.write("shop.py", SHOP)
    installation.write("hooks.py", HOOKS)
    return installation


@pytest.fixture
def counted(project, wait_until):
    """What the stock worker has run, as soon as that is something."""

    def counted():
        trace = project.folder / "counted"
        lines = trace.read_text().splitlines() if trace.exists() else []
        return len(lines) >= 4 and [json.loads(line) for line in lines]

    def wait():
        project.start("celery", "-A", "stock", "worker", "--concurrency=1", "--loglevel=INFO")
        return wait_until(counted, within=60)

    return wait


def test_a_stock_worker_runs_an_entry_that_is_not_tracked(project, counted):
    beat = project.start_beat()

    runs = counted()

    assert (runs[0]["args"], runs[0]["kwargs"]) == (["loans"], {"limit": 3})
    assert not runs[0]["knows us"]
    # Headers that others read too, and one that any worker may use.
    assert runs[0]["periodic_task_name"] == "count"
    due_times = [run["hookbeat_due_at"] for run in runs]
    assert set(gaps(due_times)) == {SECOND}
    assert beat.alive


def test_the_beat_of_an_app_that_is_not_ours_sends_to_its_own_worker(project, counted):
    project.start("celery", "-A", "stock", "beat", "-S", "hookbeat", "--loglevel=INFO")

    runs = counted()

    assert runs[0]["periodic_task_name"] == "each second"
    assert not runs[0]["knows us"]
    due_times = [datetime.fromisoformat(run["hookbeat_due_at"]) for run in runs]
    assert len(set(due_times)) == len(due_times)
