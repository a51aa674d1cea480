"""Code that is edited while beats and workers run: no restart, nothing lost, nothing doubled."""

import json
from datetime import datetime, timedelta
from itertools import pairwise

SECOND = timedelta(seconds=1)

#: Leaves a line with its due time in a file of its own name.
JOBS = """
    from pathlib import Path


    def _trace(name, context):
        with Path(name).open("a") as ran:
            print(context.due_at.isoformat(), file=ran)


    def first(context):
        _trace("first", context)


    def second(context):
        _trace("second", context)


    def slowed(context):
        _trace("slowed", context)
"""


def hooks(*tasks):
    listed = [{"task": f"jobs.{task}", "overlap": "allow", "catch_up": "all"} for task in tasks]
    return f"scheduler_events = {{'every': {{'1s': {listed!r}}}}}\n"


def ran(installation, name):
    trace = installation.folder / name
    return trace.read_text().split() if trace.exists() else []


def steps(due_times):
    instants = [datetime.fromisoformat(due_at) for due_at in sorted(due_times)]
    return {later - earlier for earlier, later in pairwise(instants)}


def decisions(installation, entry):
    told = installation.run("hookbeat", "decisions", entry, "--json", "--limit", "1000")
    return json.loads(told.stdout)


def since(due_times, instant):
    return [due_at for due_at in due_times if due_at >= instant]


def test_the_new_entry_runs_and_the_removed_one_stops_while_two_beats_and_a_worker_go_on(
    installation, wait_until
):
    installation.environ["HOOKBEAT_ENTRIES_LEAST"] = "1"
    installation.write("jobs.py", JOBS)
    installation.write("hooks.py", hooks("first", "slowed"))
    processes = [installation.start_beat(), installation.start_beat(), installation.start_worker()]
    wait_until(lambda: len(ran(installation, "first")) >= 3, within=60)

    said = ["entry", "set", "jobs.slowed@every:1s", "--every", "2s", "--why", "too often"]
    installation.run("hookbeat", *said)
    wait_until(lambda: steps(sorted(ran(installation, "slowed"))[-2:]) == {2 * SECOND}, within=60)
    overridden_at = max(ran(installation, "slowed"))

    installation.write("hooks.py", hooks("first", "second", "slowed"))

    wait_until(lambda: len(ran(installation, "second")) >= 3, within=60)
    wait_until(lambda: steps(ran(installation, "first")) == {SECOND})

    installation.write("hooks.py", hooks("second", "slowed"))

    removed = "jobs.first@every:1s"
    state = installation.client()
    wait_until(lambda: state.hget("hookbeat:main:declared", removed).startswith("-|"), within=60)
    seen = len(ran(installation, "second"))
    wait_until(lambda: len(ran(installation, "second")) >= seen + 3, within=60)
    wait_until(lambda: steps(ran(installation, "second")) == {SECOND})

    slowed = since(ran(installation, "slowed"), overridden_at)
    assert len(slowed) >= 4
    assert steps(slowed) == {2 * SECOND}
    assert all(process.alive for process in processes)
    for name in ("first", "second", "slowed"):
        due_times = ran(installation, name)
        assert len(set(due_times)) == len(due_times)
    kept = {row["first_due_at"] for row in decisions(installation, removed)}
    assert set(ran(installation, "first")) <= kept


LONG = """
    from pathlib import Path


    def first(context):
        with Path("answers").open("a") as answers:
            print("{answer}", file=answers)
        if "{answer}" == "slow":
            while not Path("released").exists():
                context.clock.sleep(0.05)
            Path("ended").write_text("{answer}")
"""


def test_a_run_ends_with_the_code_it_began_with_while_others_have_the_new(installation, wait_until):
    installation.write("jobs.py", LONG.format(answer="slow"))
    installation.write("hooks.py", hooks("first"))
    installation.start_beat()
    worker = installation.start_worker()
    wait_until(lambda: ran(installation, "answers") == ["slow", "slow"], within=60)
    busy = set(worker.children)

    installation.write("jobs.py", LONG.format(answer="quick"))
    wait_until(lambda: worker.said.count("code.read") == 1)
    assert busy <= set(worker.children)
    assert "quick" not in ran(installation, "answers")
    installation.write("released", "")

    wait_until(lambda: ran(installation, "answers").count("quick") >= 3, within=30)
    assert ran(installation, "ended") == ["slow"]
    wait_until(lambda: not busy & set(worker.children))
    assert ran(installation, "answers").count("slow") == 2
    assert {run["outcome"] for run in installation.runs("--limit", "5")} <= {"succeeded", None}


def test_idle_children_have_the_new_code_for_the_next_run(installation, wait_until):
    installation.write("jobs.py", JOBS)
    installation.write("hooks.py", hooks("first"))
    worker = installation.start_worker()
    wait_until(lambda: "ready." in worker.said, within=60)
    old = set(worker.children)

    installation.write("jobs.py", JOBS.replace('_trace("first"', '_trace("other"'))
    wait_until(lambda: "code.read" in worker.said)
    installation.run("hookbeat", "run", "jobs.first@every:1s")

    wait_until(lambda: len(ran(installation, "other")) == 1)
    assert ran(installation, "first") == []
    wait_until(lambda: not old & set(worker.children))


def test_a_pool_of_threads_has_the_new_code_for_the_next_run(installation, wait_until):
    installation.write("jobs.py", JOBS)
    installation.write("hooks.py", hooks("first"))
    worker = installation.start("celery", "-A", "worker", "worker", "-P", "threads", "-l", "INFO")
    wait_until(lambda: "ready." in worker.said, within=60)
    installation.run("hookbeat", "run", "jobs.first@every:1s")
    wait_until(lambda: len(ran(installation, "first")) == 1)

    installation.write("jobs.py", JOBS.replace('_trace("first"', '_trace("other"'))
    wait_until(lambda: "code.read" in worker.said)
    installation.run("hookbeat", "run", "jobs.first@every:1s")

    wait_until(lambda: len(ran(installation, "other")) == 1)
    assert len(ran(installation, "first")) == 1
