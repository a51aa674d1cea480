"""Due times over a year are those that the schedule itself names, and are had in no time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beat_schedule.foresight import calendar
from beat_schedule.foresight.calendar import Calendar, instant_of, seconds_of
from beat_schedule.schedules import AnyOf, At, Bounded, Cron, Dst, Every, Fields
from tests.foreseen import an_entry

SINCE = datetime(2026, 11, 21, 6, 30, 17, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=150)
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def listed(schedule, since=SINCE, until=UNTIL):
    return [seconds_of(each) for each in schedule.between(since, until)]


@pytest.mark.parametrize(
    "schedule",
    [
        Every("7m"),
        Every("36h", since=NEW_YEAR),
        Every("36500d"),
        Cron("* * * * *"),
        Cron("*/7 1-4 * * *", "Europe/Paris"),
        Cron("30 2 * * *", "Europe/Paris"),
        Cron("30 2 * * *", "America/New_York", Dst(gap="skip", overlap="both")),
        Cron("15 1,2,3 * * sun", "Australia/Lord_Howe"),
        Cron("0 0 L * *", "America/Santiago"),
        Cron("0 12 29 2 *"),
        Cron("*/30 * * * * *", "Pacific/Apia"),
        Fields({"hour": "6", "day": "last fri"}, "Europe/Paris"),
        At(NEW_YEAR),
        AnyOf(Cron("0 6 * * *"), Cron("0 6,18 * * mon", "Europe/Paris")),
        Bounded(Every("5m"), NEW_YEAR, NEW_YEAR + timedelta(hours=1)),
        Bounded(Cron("0 * * * *"), NEW_YEAR + timedelta(seconds=1)),
    ],
    ids=repr,
)
def test_the_due_times_of_a_span_is_what_the_schedule_says(schedule, monkeypatch):
    monkeypatch.setattr(calendar, "MOST", 2_000_000)
    until = SINCE + timedelta(days=10) if "*/30 * * * * *" in repr(schedule) else UNTIL

    assert list(Calendar(SINCE, until).due(schedule)) == listed(schedule, until=until)


field = st.sampled_from(["*", "0", "*/7", "2", "1-3"])
expressions = st.builds(
    "{} {} {} * {}".format,
    field | st.just("2,30"),
    field,
    st.sampled_from(["*", "1", "L", "*/5"]),
    st.sampled_from(["*", "mon", "sun"]),
)
zones = st.sampled_from(
    ["UTC", "Europe/Paris", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Gaza"]
)


@settings(max_examples=40, deadline=None)
@given(expressions, zones, st.integers(0, 330))
def test_any_expression_in_any_zone_is_reckoned_as_it_is_walked(expression, zone, days):
    since = datetime(2016, 1, 1, 5, 7, tzinfo=UTC) + timedelta(days=days)
    until = since + timedelta(days=60)
    schedule = Cron(expression, zone)

    assert list(Calendar(since, until).due(schedule)) == listed(schedule, since, until)


def test_the_spread_of_an_entry_only_moves_when_it_is_sent():
    reckoned, later = Calendar(SINCE, UNTIL), timedelta(minutes=5)

    for schedule in (Every("1h"), Cron("0 6 * * *")):
        sent = reckoned.sent(an_entry("a@b", schedule, spread=later))
        assert list(sent) == [each + 300 for each in reckoned.due(schedule)]


def test_what_is_due_too_often_is_listed_up_to_a_bound_and_says_so(monkeypatch):
    monkeypatch.setattr(calendar, "MOST", 100)
    reckoned = Calendar(SINCE, UNTIL)
    often = Cron("* * * * *")

    assert len(reckoned.due(often)) == 100
    assert reckoned.reckoned_until(often) == instant_of(reckoned.due(often)[-1])
    assert reckoned.reckoned_until(Every("1s")) == UNTIL
