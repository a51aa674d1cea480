"""What operators say of entries while beats and workers run: nothing restarts, nothing is lost."""

import json

from tests.system.test_edited import JOBS, SECOND, hooks, ran, steps

WHY = ("--why", "it is asked for")


def entry(installation, *words):
    installation.environ["HOOKBEAT_ENTRIES_LEAST"] = "1"
    return installation.run("hookbeat", "entry", *words, *WHY)


def declared(installation, key):
    return installation.client().hget("hookbeat:main:declared", key)


def test_an_entry_that_is_made_at_run_time_runs_and_stops_when_it_is_removed(
    installation, wait_until
):
    installation.write("jobs.py", JOBS)
    installation.write("hooks.py", hooks("first"))
    processes = [installation.start_beat(), installation.start_beat(), installation.start_worker()]
    wait_until(lambda: len(ran(installation, "first")) >= 2, within=60)

    # Of a task that workers know, with a policy that no code tells them.
    more = ("--every", "1s", "--option", "overlap=queue", "--option", "catch_up=all")
    entry(installation, "add", "made", "--task", "jobs.first", *more)

    def runs():
        return installation.runs("--entry", "made", "--limit", "100")

    wait_until(lambda: len([run for run in runs() if run["outcome"] == "succeeded"]) >= 3)
    entry(installation, "remove", "made")
    wait_until(lambda: declared(installation, "made").startswith("-|"), within=60)

    assert all(process.alive for process in processes)
    wait_until(lambda: {run["outcome"] for run in runs()} == {"succeeded"})
    due_times = [run["due_at"] for run in runs()]
    assert len(set(due_times)) == len(due_times)
    assert steps(due_times) == {SECOND}


def test_an_override_stays_when_the_code_is_edited(installation, wait_until):
    installation.write("jobs.py", JOBS)
    installation.write("hooks.py", hooks("first"))
    installation.start_beat()
    installation.start_beat()
    installation.start_worker()
    wait_until(lambda: len(ran(installation, "first")) >= 2, within=60)

    before = declared(installation, "jobs.first@every:1s")
    entry(installation, "set", "jobs.first@every:1s", "--every", "3s")
    wait_until(lambda: declared(installation, "jobs.first@every:1s") != before, within=60)
    seen = len(ran(installation, "first"))
    wait_until(lambda: len(ran(installation, "first")) >= seen + 2, within=60)
    installation.write("hooks.py", hooks("first", "second"))
    wait_until(lambda: len(ran(installation, "second")) >= 4, within=30)
    wait_until(lambda: len(ran(installation, "first")) >= seen + 4, within=60)

    assert steps(ran(installation, "first")[seen:]) == {3 * SECOND}
    shown = installation.run("hookbeat", "entry", "show", "jobs.first@every:1s", "--json")
    assert json.loads(shown.stdout)["said"]["options"] == {"every": "3s"}
