"""`hookbeat check` and `hookbeat list`, as a person and as a machine read them."""

import json

import pytest

BAD = """
scheduler_events = {"dayly": [], "daily": ["time.tim", "time.time"]}
"""


@pytest.mark.parametrize("how", ["", "--no-import", "--hooks hooks", "--hooks hooks.py"])
def test_check_says_in_one_line_that_all_is_well(hookbeat, how):
    checked = hookbeat("check", *how.split())

    assert (checked.exit_code, checked.output) == (0, "2 entries, no problems\n")


def test_check_shows_every_problem_and_exits_1(hookbeat):
    checked = hookbeat("check", hooks=BAD)

    assert checked.exit_code == 1
    assert checked.output == (
        "problem hooks.py: scheduler_events['dayly']: unknown event 'dayly'\n"
        "        → did you mean 'daily'?\n"
        "problem hooks.py: scheduler_events['daily'][0]: module 'time' has no 'tim'\n"
        "        → did you mean 'time.time'?\n"
        "1 entry, 2 problems\n"
    )


def test_check_shows_warnings_and_exits_0(hookbeat):
    checked = hookbeat("check", "--no-import", hooks='scheduler_events = {"daily": found()}')

    assert (checked.exit_code, checked.output) == (
        0,
        (
            "warning hooks.py: scheduler_events['daily']: not checked: line 1 has a call\n"
            "no entries, 1 warning, no problems\n"
        ),
    )


def test_check_says_the_same_to_a_machine(hookbeat):
    checked = hookbeat("check", "--json", hooks=BAD)

    assert checked.exit_code == 1
    assert json.loads(checked.output) == {
        "entries": 1,
        "problems": [
            {
                "place": "hooks.py: scheduler_events['dayly']",
                "reason": "unknown event 'dayly'",
                "cure": "did you mean 'daily'?",
            },
            {
                "place": "hooks.py: scheduler_events['daily'][0]",
                "reason": "module 'time' has no 'tim'",
                "cure": "did you mean 'time.time'?",
            },
        ],
        "warnings": [],
        "notes": [],
    }


def test_misuse_exits_2(hookbeat):
    assert hookbeat("check", "--no-imports").exit_code == 2


def test_list_shows_when_each_entry_is_due_next(hookbeat):
    listed = hookbeat("list")

    assert listed.exit_code == 0
    assert "time.time@daily" in listed.output
    assert "every day at 06:30 (Europe/Paris)" in listed.output
    assert "06:30:00 Europe/Paris" in listed.output
    assert "sent 159 minutes later" in listed.output


def test_list_shows_the_broken_entries_below(hookbeat):
    listed = hookbeat("list", hooks=BAD)

    assert listed.exit_code == 0
    lines = listed.output.splitlines()
    assert lines[1].startswith("time.time@daily")
    assert lines[2] == "broken hooks.py: scheduler_events['dayly']: unknown event 'dayly'"


def test_list_says_the_same_to_a_machine(hookbeat):
    [daily, cleaning] = json.loads(hookbeat("list", "--json").output)["entries"]

    assert (daily["key"], daily["event"], daily["queue"]) == ("time.time@daily", "daily", "default")
    assert daily["next_due_at"].endswith(":30:00Z")
    assert (cleaning["key"], cleaning["task"]) == ("cleaning", "time.time")


ENDED = """
scheduler_events = {"daily": [{"task": "time.time", "not_after": "2020-01-01"}]}
"""


def test_check_warns_of_an_entry_whose_time_is_over(hookbeat):
    checked = hookbeat("check", hooks=ENDED)

    assert (checked.exit_code, checked.output) == (
        0,
        (
            "warning hooks.py: scheduler_events['daily'][0]: it will never run again: "
            "every day at 00:00 (UTC), until 2020-01-01 23:59:59\n"
            "        → drop it\n"
            "1 entry, 1 warning, no problems\n"
        ),
    )


def test_list_says_that_an_entrys_time_is_over(hookbeat):
    assert "never again" in hookbeat("list", hooks=ENDED).output
    [entry] = json.loads(hookbeat("list", "--json", hooks=ENDED).output)["entries"]
    assert entry["next_due_at"] is entry["next_due_local"] is None


def test_list_shows_only_what_is_unusual_in_a_policy(hookbeat):
    hooks = """
scheduler_events = {
    "daily": [
        {"task": "time.time", "name": "usual"},
        {"task": "time.time", "name": "all", "catch_up": "all", "catch_up_window": "7d"},
        {"task": "time.time", "name": "none", "catch_up": "none", "expires": "2h"},
        {"task": "time.time", "name": "stock", "tracked": False},
    ],
}
"""

    said = json.loads(hookbeat("list", "--json", hooks=hooks).output)["entries"]

    assert {entry["key"]: entry["policy_in_words"] for entry in said} == {
        "usual": "",
        "all": "catches up with all, the newest 100; up to 7 days late; overlap queue",
        "none": "catches up with none; expires after 2 hours",
        "stock": "overlap allow; untracked",
    }
    assert said[1]["policy"] == {
        "catch_up": "all",
        "catch_up_limit": 100,
        "catch_up_window": "7d",
        "overlap": "queue",
        "expires": None,
        "spread": None,
        "tracked": True,
    }
    assert "up to 7 days late" in hookbeat("list", hooks=hooks).output
