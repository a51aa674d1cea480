"""What people ask of a worker: all entries now, a task without an entry, and whether it is done."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.installation import Installation

HOOKS = """
scheduler_events = {
    "monthly": ["jobs.trace", {"task": "jobs.trace", "name": "here", "environments": "testing"}],
    "yearly": ["wait.until_told"],
}
"""

WAIT = """
from pathlib import Path

from beat_schedule import Task
from beat_schedule.clock import SystemClock


def until_told(context):
    print("waiting")
    context.progress(1, 2)
    while not Path("go on").exists():
        SystemClock().sleep(0.05)


class Reindex(Task):
    def handle(self):
        print("reindexed")
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    """Entries that are hardly ever due, in testing behind the production guard."""
    shop = Installation(
        tmp_path,
        HOOKBEAT_AUTOLOAD="wait",
        HOOKBEAT_ENVIRONMENT="testing",
        HOOKBEAT_PRODUCTION_GUARD="true",
    )
    shop.write("hooks.py", HOOKS)
    shop.write("wait.py", WAIT)
    shop.run("hookbeat", "migrate")
    shop.redis.start()
    yield shop
    shop.close()


def endings(shop: Installation) -> dict[str, str]:
    return {run["entry"]: run["outcome"] or run["state"] for run in shop.runs()}


def test_all_entries_run_in_a_worker_but_for_those_that_belong_elsewhere(shop, wait_until):
    shop.start_worker()

    done = shop.run("hookbeat", "run", "--event", "monthly")

    assert done.returncode == 0
    wait_until(
        lambda: endings(shop) == {"here": "succeeded", "jobs.trace@monthly": "skipped"}, within=60
    )
    [skipped] = shop.runs("--outcome", "skipped")
    assert skipped["reason"] == (
        "outside of production only entries run that name it, this is testing"
    )


def test_a_task_without_an_entry_runs_in_a_worker_and_leaves_a_record(shop, wait_until):
    shop.start_worker()

    sent = json.loads(shop.run("hookbeat", "run", "wait.Reindex", "--force", "--json").stdout)

    [run] = wait_until(lambda: shop.runs("--outcome", "succeeded"), within=60)
    assert (run["id"], run["entry"]) == (sent["id"], "wait.Reindex")
    assert "reindexed" in shop.run("hookbeat", "logs", run["id"]).stdout


def test_a_migration_waits_for_what_runs(shop, wait_until):
    shop.start_worker()
    shop.run("hookbeat", "run", "wait.until_told", "--force")
    wait_until(lambda: endings(shop) == {"wait.until_told@yearly": "running"}, within=60)
    shop.run("hookbeat", "maintenance", "on", "--why", "release 7")

    busy = shop.run("hookbeat", "ready-for-migration", check=False)
    waiting = shop.start("hookbeat", "ready-for-migration", "--wait", "2m")
    wait_until(lambda: "waiting: 1 running" in waiting.said)
    shop.write("go on", "")

    assert busy.returncode == 1
    assert "not ready: 1 running" in busy.stdout
    wait_until(lambda: "ready: nothing runs" in waiting.said, within=30)
    wait_until(lambda: not waiting.alive)
    assert endings(shop) == {"wait.until_told@yearly": "succeeded"}


def test_a_run_is_followed_from_the_queue_to_its_end(shop, wait_until):
    shop.start_worker()
    followed = shop.start("hookbeat", "run", "wait.until_told", "--force", "--follow")
    wait_until(lambda: "running: 1 of 2 on celery@" in followed.said, within=60)
    # It is heard while the run says it.
    wait_until(lambda: "stdout   waiting" in followed.said)

    shop.write("go on", "")

    assert followed.end() == 0
    assert followed.said.count("stdout   waiting") == 1
    assert "succeeded in" in followed.said


def test_ctrl_c_leaves_the_run_running(shop, wait_until):
    shop.start_worker()
    waiting = shop.start("hookbeat", "run", "wait.until_told", "--force", "--wait")
    wait_until(lambda: "running: 1 of 2 on celery@" in waiting.said, within=60)

    waiting.signal(signal.SIGINT)

    assert waiting.end() == 130
    assert "goes on\nlook again: hookbeat logs -f " in waiting.said
    assert endings(shop) == {"wait.until_told@yearly": "running"}
    shop.write("go on", "")
    wait_until(lambda: endings(shop) == {"wait.until_told@yearly": "succeeded"}, within=60)
