"""The document of pass Culture: its examples run as printed, but for their imports."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from tests.stories.pass_culture.house import WITH_ALL, WITH_CONTEXT, WITH_FEATURE, WITH_LOG

KEY = "synchronize_titelive_stocks"
PROVIDER = "the id of TiteLiveStocks"

#: Once, a clock of theirs was written so, and did not start at all.
BROKEN = """
scheduler.add_job(synchronize_titelive_stocks, 'cron', [app], id='price_bookings', minute='/10')
"""


@pytest.fixture
def lines(caplog):
    """The standard lines, without how long it took."""
    caplog.set_level(logging.INFO, logger="hookbeat.cron")
    return lambda: [
        each.getMessage().partition(" duration=")[0]
        for each in caplog.records
        if each.name == "hookbeat.cron"
    ]


def said(status):
    return f"type=cron name=synchronize_titelive_stocks status={status}"


def test_the_job_is_due_each_day_at_six_in_a_queue_of_its_clock(house):
    house.declares(WITH_CONTEXT)

    entry = house.entries[KEY]
    saturday = datetime(2026, 11, 21, tzinfo=UTC)

    # Six by the clock of Paris.
    assert list(entry.schedule.between(saturday, saturday + timedelta(days=2))) == [
        datetime(2026, 11, day, 5, tzinfo=UTC) for day in (21, 22)
    ]
    assert (entry.clock, entry.queue) == ("titelive", "titelive")
    assert "every day at 06:00 (Europe/Paris)" in house.hookbeat("list")
    assert "no problems" in house.hookbeat("check")


@pytest.mark.parametrize("function", [WITH_CONTEXT, WITH_LOG, WITH_FEATURE, WITH_ALL])
def test_a_worker_runs_each_of_the_printed_functions(house, function):
    house.declares(function)

    assert house.takes(KEY) == "succeeded"

    assert house.updated == [PROVIDER]


def test_app_is_the_context_of_the_run_with_each_decorator_and_with_none(house):
    body = "def synchronize_titelive_stocks(app, *, stocks=3):\n    app.report(stocks=stocks)\n"
    for decorators in ("", "@cron_context\n", "@log_cron\n", "@log_cron\n@cron_context\n"):
        house.declares(decorators + body)

        assert house.takes(KEY) == "succeeded"
        assert '"stocks": 3' in house.hookbeat("runs", "--json")


def test_the_standard_line_tells_when_it_began_and_ended(house, lines):
    house.declares(WITH_LOG)

    house.takes(KEY)

    assert lines() == [said("started"), said("ended")]


def test_with_its_feature_off_it_does_not_run_and_says_so(house, lines):
    house.declares(WITH_ALL)
    house.hookbeat("feature", "off", "SYNCHRONIZE_TITELIVE", "--why", "quota", "--by", "ada")

    assert house.takes(KEY) == "skipped: feature SYNCHRONIZE_TITELIVE is off"

    assert lines() == [said("skipped")]


def test_a_field_without_meaning_names_its_line_and_leaves_the_others_running(house):
    house.declares(WITH_CONTEXT, more=BROKEN)

    told = house.hookbeat("check")

    assert "scheduled_tasks/titelive_clock.py line 10: minute='/10'" in told
    assert "did you mean '*/10'?" in told
    assert list(house.entries) == [KEY]
    assert house.takes(KEY) == "succeeded"
