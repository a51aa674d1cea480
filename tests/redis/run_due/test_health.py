"""Whether anybody decides what is due, for whoever watches: by the age of the last pass."""

from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule.actions import Level, health_of
from beat_schedule.settings import Settings

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("age", "level"),
    [
        (timedelta(0), Level.OK),
        (HOUR - SECOND, Level.OK),
        (HOUR, Level.WARNING),
        (DAY - SECOND, Level.WARNING),
        (DAY, Level.ERROR),
        (-SECOND, Level.OK),
    ],
)
def test_after_an_hour_it_warns_and_after_a_day_it_is_an_error(age, level):
    assert health_of(NOW - age, NOW, Settings()).level is level


def test_both_can_be_set():
    settings = Settings(pass_warning=60, pass_error=120)

    levels = [health_of(NOW - each * SECOND, NOW, settings).level for each in (59, 60, 120)]

    assert levels == [Level.OK, Level.WARNING, Level.ERROR]


def test_where_no_pass_was_ever_made_it_is_noticed_and_no_alarm():
    health = health_of(None, NOW, Settings())

    assert (health.level, health.is_bad) == (Level.NOTICE, False)


def test_a_pass_makes_it_well_and_the_status_tells(project):
    done = project("scheduler", "status")

    assert done.exit_code == 0
    assert "ok: the last pass was made " in done.stdout


@pytest.mark.parametrize(("hours", "level"), [(2, "warning"), (25, "error")])
def test_without_passes_the_status_ends_with_1_until_one_is_made(project, hours, level):
    project.let_pass(hours=hours)

    ill = project.told("scheduler", "status")
    words = project("scheduler", "status").stdout
    project("run-due")
    well = project.told("scheduler", "status")

    assert (ill.code, ill.health["level"]) == (1, level)
    assert hours * 3600 <= ill.health["age"] < hours * 3600 + 60
    assert f"{level}: the last pass was made " in words
    assert "start a beat, or let cron call `hookbeat run-due`" in words
    assert (well.code, well.health["level"]) == (0, "ok")


def test_a_pass_over_some_entries_does_not_make_it_well(project):
    project.let_pass(hours=2)

    project("run-due", "--only", project.key("count"))

    assert project.told("scheduler", "status").health["level"] == "warning"


def test_who_passed_is_told_and_by_what(project):
    assert project.told("scheduler", "status").passed is None

    project.let_pass()
    project("run-due", "--inline")

    passed = project.told("scheduler", "status").passed
    assert passed["by"] == "run-due"
    assert f"by {passed['who']}, at " in project("scheduler", "status").stdout
