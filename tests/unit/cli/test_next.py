"""`hookbeat next`: what is due next."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from beat_schedule.cli.next import clock_change

HOOKS = """
scheduler_events = {
    "every": {"1h": [{"task": "time.time", "name": "hours"}]},
    "daily": [
        {"task": "time.time", "at": "06:30", "timezone": "Europe/Paris"},
        {"task": "time.time", "name": "over", "not_after": "2020-01-01"},
    ],
    "daily_maintenance": [{"task": "time.time", "name": "cleaning"}],
}
"""


def test_the_next_due_times_of_all_entries_come_in_their_order(hookbeat):
    said = json.loads(hookbeat("next", "--json", "--count", "60", hooks=HOOKS).output)

    due = [datetime.fromisoformat(row["due_at"]) for row in said["due"]]
    assert due == sorted(due)
    assert len(due) == 60
    assert {row["key"] for row in said["due"]} == {"hours", "time.time@daily", "cleaning"}
    assert said["never_again"] == ["over"]


def test_of_one_entry_they_are_shown_by_its_own_clock(hookbeat):
    asked = ("next", "--entry", "time.time@daily", "--count", "2")

    said = json.loads(hookbeat(*asked, "--json", hooks=HOOKS).output)
    shown = hookbeat(*asked, hooks=HOOKS).output

    first, second = said["due"]
    assert first["due_local"].endswith("06:30:00 Europe/Paris")
    assert first["schedule"] == "every day at 06:30 (Europe/Paris)"
    assert first["due_at"] < second["due_at"]
    assert all(first[part] in shown for part in ("due_at", "due_local", "key", "schedule"))


def test_what_belongs_to_another_installation_is_marked(hookbeat, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_PRODUCTION_GUARD", "true")
    hooks = HOOKS.replace('"name": "hours"', '"name": "hours", "environments": "development"')

    said = json.loads(hookbeat("next", "--json", "--count", "60", hooks=hooks).output)

    marked = {row["key"]: row["held"] for row in said["due"]}
    guarded = "outside of production only entries run that name it, this is development"
    assert marked == {"hours": "", "time.time@daily": guarded, "cleaning": guarded}


def test_what_is_spread_says_when_it_will_be_sent(hookbeat):
    said = json.loads(hookbeat("next", "--entry", "cleaning", "--json", hooks=HOOKS).output)

    first = said["due"][0]
    sent, due = (datetime.fromisoformat(first[at]) for at in ("sent_at", "due_at"))
    assert sent - due == timedelta(minutes=159)


def test_an_entry_whose_time_is_over_is_never_due_again(hookbeat):
    shown = hookbeat("next", "--entry", "over", hooks=HOOKS)

    assert (shown.exit_code, shown.output) == (0, "never again: over\n")


def test_without_entries_it_says_so(hookbeat):
    assert hookbeat("next", hooks="scheduler_events = {}").output == "there are no entries\n"


def test_an_unknown_entry_is_a_problem(hookbeat):
    shown = hookbeat("next", "--entry", "hour", hooks=HOOKS)

    assert shown.exit_code == 1
    assert "did you mean 'hours'?" in shown.output


@pytest.mark.parametrize(
    ("day", "zone", "said"),
    [
        ("2026-03-29", "Europe/Paris", "clocks go forward 1 hour that day"),
        ("2026-10-25", "Europe/Paris", "clocks go back 1 hour that day"),
        ("2026-10-04", "Australia/Lord_Howe", "clocks go forward 30 minutes that day"),
        ("2026-03-28", "Europe/Paris", ""),
        ("2026-03-29", "UTC", ""),
    ],
)
def test_days_on_which_the_clock_is_changed_are_marked(day, zone, said):
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone))

    assert clock_change(noon.astimezone(UTC), ZoneInfo(zone)) == said
