"""Task classes as `hookbeat check` and `hookbeat list` show them."""

import json
import sys

import pytest

NO_HOOKS = "scheduler_events = {}"
NOW_AND_THEN = """
from beat_schedule import Task

class Prices(Task):
    run_every = "3 days"
    not_before = "2026-01-01"
    def handle(self): ...

class ByHand(Task):
    def handle(self): ...
"""


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    (tmp_path / "now_and_then.py").write_text(NOW_AND_THEN)
    monkeypatch.setenv("HOOKBEAT_AUTOLOAD", "now_and_then")
    yield
    sys.modules.pop("now_and_then", None)


def test_check_notes_the_gaps_at_new_year_and_after_the_leap_day(hookbeat):
    checked = hookbeat("check", hooks=NO_HOOKS)

    note, summary = checked.output.splitlines()
    assert checked.exit_code == 0
    assert note.startswith(
        "note    now_and_then.py: Prices: '3 days' are counted by the day of the year: "
    )
    assert " to 3 January is " in note
    assert "a day earlier from the leap day on (29 February, in other years 1 March)" in note
    assert summary == "1 entry, no problems"


def test_check_notes_them_for_a_machine(hookbeat):
    [note] = json.loads(hookbeat("check", "--json", hooks=NO_HOOKS).output)["notes"]

    assert note["place"] == "now_and_then.py: Prices"
    assert "by the day of the year" in note["reason"]


def test_list_shows_what_runs_by_hand_alone(hookbeat):
    listed = hookbeat("list", hooks=NO_HOOKS).output

    assert "now_and_then.Prices@run_every" in listed
    assert "now_and_then.ByHand says no time: it runs by hand alone" in listed
