"""What `list` and `next` say of holds."""

import sys

import pytest

from tests.desk import told


def entries(done):
    return {entry["key"]: entry for entry in told(done)["entries"]}


def test_a_list_shows_what_is_held_and_by_whom(hookbeat, count, name):
    hookbeat("pause", count, "--by", "ada", "--why", "deploy")

    done = hookbeat("list")
    assert "paused by ada since" in done.output
    assert ": deploy" in done.output
    listed = entries(hookbeat("list", "--json"))
    assert listed[count]["hold"]["why"] == "deploy"
    assert listed[f"{name}_tasks.beside@hourly"]["hold"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scheduler", "pause", "--why", "move"], "the scheduler is paused by ada since"),
        (["maintenance", "on", "--why", "move"], "the scheduler is in maintenance by ada since"),
    ],
)
def test_a_list_says_that_everything_is_held(hookbeat, words, said):
    hookbeat(*words, "--by", "ada")

    assert said in hookbeat("list").output
    assert told(hookbeat("list", "--json"))["hold"]["why"] == "move"


def test_the_next_due_times_say_which_would_be_held(hookbeat, count):
    hookbeat("skip", count, "--by", "ada")

    first, second, *_ = told(hookbeat("next", "--entry", count, "--json"))["due"]

    assert first["held"].startswith("skipped once by ada since")
    assert second["held"] == ""
    assert "skipped once by ada" in hookbeat("next").output


def test_what_goes_on_in_maintenance_is_not_shown_as_held(hookbeat, project, name):
    task = f"{name}_tasks.count"
    (project / f"{name}_hooks.py").write_text(
        f"scheduler_events = {{'hourly': [{{'task': '{task}', 'even_in_maintenance': True}}], "
        f"'daily': ['{task}']}}"
    )
    hookbeat("maintenance", "on", "--why", "move", "--by", "ada")

    goes_on = told(hookbeat("next", "--entry", f"{task}@hourly", "--json"))["due"]
    held = told(hookbeat("next", "--entry", f"{task}@daily", "--json"))["due"]

    assert {each["held"] for each in goes_on} == {""}
    assert held[0]["held"].startswith("in maintenance by ada since")


def test_without_redis_both_show_what_they_know(hookbeat, away, count):
    hookbeat("pause", count)
    away()

    assert entries(hookbeat("list", "--json"))[count]["hold"] is None
    assert told(hookbeat("next", "--entry", count, "--json"))["due"][0]["held"] == ""


def test_what_held_an_entry_under_a_former_key_is_told_as_such(hookbeat, count, project, name):
    hookbeat("pause", count, "--by", "ada")
    hookbeat("pause", f"{name}_tasks.beside@hourly", "--by", "ada")
    task = {"task": f"{name}_tasks.count", "name": "counting", "formerly": count}
    events = {"hourly": [task, f"{name}_tasks.beside"]}
    (project / f"{name}_hooks.py").write_text(f"scheduler_events = {events!r}")
    del sys.modules[f"{name}_hooks"]

    shown = hookbeat("scheduler", "status").output
    holds = told(hookbeat("scheduler", "status", "--json"))["holds"]

    assert shown.count("the entry is counting now") == 1
    assert {hold["entry"]: hold["now"] for hold in holds} == {
        count: "counting",
        f"{name}_tasks.beside@hourly": None,
    }
