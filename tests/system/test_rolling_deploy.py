"""A deploy in production: old and new beats and workers beside each other, in an unlucky order."""

import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from tests.system.installation import Installation

SECOND = timedelta(seconds=1)

JOBS = """
    from pathlib import Path


    def {name}(context):
        with Path("{name}").open("a") as ran:
            print(context.due_at.isoformat(), file=ran)
"""


def hooks(*tasks):
    listed = [{"task": f"jobs.{task}", "overlap": "allow", "catch_up": "all"} for task in tasks]
    return f"scheduler_events = {{'every': {{'1s': {listed!r}}}}}\n"


@pytest.fixture
def production(tmp_path):
    installation = Installation(tmp_path, HOOKBEAT_ENVIRONMENT="production")
    installation.write("jobs.py", JOBS.format(name="old"))
    installation.write("hooks.py", hooks("old"))
    installation.run("hookbeat", "migrate")
    installation.redis.start()
    yield installation
    installation.close()


def ran(installation, name):
    trace = installation.folder / name
    return sorted(trace.read_text().split()) if trace.exists() else []


def steps(due_times):
    instants = [datetime.fromisoformat(due_at) for due_at in due_times]
    return {later - earlier for earlier, later in pairwise(instants)}


def owing(installation):
    told = installation.run("hookbeat", "cursor", "--json", check=False)
    return {each["entry"]: each["why"] for each in json.loads(told.stdout)["owing"]}


def test_what_only_new_workers_know_waits_for_one_and_then_runs_all_of_it(production, wait_until):
    old_beat, old_worker = production.start_beat(), production.start_worker()
    wait_until(lambda: len(ran(production, "old")) >= 2, within=60)

    production.write("jobs.py", JOBS.format(name="old") + JOBS.format(name="new"))
    production.write("hooks.py", hooks("old", "new"))
    new_beat = production.start_beat()

    entry = "jobs.new@every:1s"
    why = wait_until(lambda: owing(production).get(entry), within=30)
    assert why == "no worker that lives knows the task jobs.new"
    assert "lease.yielded" in old_beat.said
    seen = len(ran(production, "old"))
    wait_until(lambda: len(ran(production, "old")) >= seen + 2)
    assert ran(production, "new") == []

    new_worker = production.start(
        "celery", "-A", "worker", "worker", "-n", "new", "--concurrency=2"
    )
    wait_until(lambda: len(ran(production, "new")) >= 5, within=60)
    wait_until(lambda: entry not in owing(production))
    assert old_worker.stop() == 0
    assert old_beat.stop() == 0

    # What the old worker took and did not know comes to the new one half a minute later.
    wait_until(lambda: steps(ran(production, "new")) == {SECOND}, within=90)
    wait_until(lambda: steps(ran(production, "old")) == {SECOND})
    for name in ("old", "new"):
        due_times = ran(production, name)
        assert len(set(due_times)) == len(due_times)
    assert new_beat.alive
    assert new_worker.alive
