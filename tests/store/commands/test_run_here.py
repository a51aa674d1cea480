"""Runs of this process: several entries, or a function that has none."""

import json

import pytest


def test_the_entries_of_an_event_run_here_one_after_the_other_and_a_failure_stops_none(
    hookbeat, house, name
):
    (house / f"{name}_hooks.py").write_text(
        f'scheduler_events = {{"daily": ["{name}_tasks.fail", "{name}_tasks.count"], '
        f'"weekly": ["{name}_tasks.fail"]}}'
    )

    done = hookbeat("run", "--event", "daily", "--inline")
    told = json.loads(hookbeat("run", "--event", "daily", "--inline", "--json").stdout)

    assert done.exit_code == 1
    assert f"{name}_tasks.fail@daily: failed in" in done.output
    assert f"{name}_tasks.count@daily: succeeded in" in done.output
    assert [each["outcome"] for each in told] == ["failed", "succeeded"]


def test_a_signal_stops_the_runs_that_would_follow_too(hookbeat, house, name, stop):
    (house / f"{name}_hooks.py").write_text(
        f'scheduler_events = {{"daily": [{{"task": "{name}_tasks.wait", "kwargs": '
        f'{{"signal": {int(stop)}}}}}, "{name}_tasks.count"]}}'
    )

    done = hookbeat("run", "--all", "--inline")

    assert done.exit_code == 128 + stop, done.output
    assert [run["task"] for run in json.loads(hookbeat("runs", "--json").output)] == [
        f"{name}_tasks.wait"
    ]


def test_a_function_without_an_entry_runs_here_by_its_path(hookbeat, name, house, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_TIMEZONE", "Europe/Paris")
    with (house / f"{name}_tasks.py").open("a") as tasks:
        tasks.write("\n\ndef once(context, kind):\n    context.report(kinds=len(kind))\n")

    elsewhere = hookbeat("run", f"{name}_tasks.once", "--kwargs", "kind=abc")
    told = json.loads(
        hookbeat(
            "run",
            f"{name}_tasks.once",
            "--inline",
            "--kwargs",
            "kind=abc",
            "--json",
            "--at",
            "2026-03-10",
        ).stdout
    )

    assert (told["outcome"], told["entry"]) == ("succeeded", f"{name}_tasks.once")
    assert told["counts"] == {"kinds": 3}
    assert told["due_at"] == "2026-03-09T23:00:00+00:00"
    assert elsewhere.exit_code == 1
    assert "has no entry, and workers do not know it" in elsewhere.output


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "give NAME, --event or --all"),
        (["--all", "--event", "daily"], "give NAME, --event or --all"),
        (["--all", "--kwargs", "kind=loans"], "--kwargs goes with NAME"),
    ],
)
def test_it_must_be_clear_what_is_to_run(hookbeat, words, complaint):
    done = hookbeat("run", *words)

    assert done.exit_code == 2
    assert complaint in done.output
