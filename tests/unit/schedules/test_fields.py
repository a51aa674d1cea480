"""Fields of a clock are met as APScheduler meets them: the installed one is the oracle.

Around clock changes it errs (an autumn night runs twice, a midnight in spring is lost): so the
oracle is asked away from them, and there the rule is that of `Cron`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from beat_schedule import Cron, ScheduleError
from beat_schedule.schedules import Dst, Fields

PARIS = ZoneInfo("Europe/Paris")

#: Between two clock changes of Paris.
NOVEMBER = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
SPRING = datetime(2027, 3, 20, tzinfo=UTC)


def apscheduler(said: Mapping[str, Any], zone: str, after: datetime) -> Iterator[datetime]:
    """When the installed APScheduler would run it, later than `after`."""
    trigger = CronTrigger(**said, timezone=ZoneInfo(zone))
    fired = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
    while fired:
        yield fired.astimezone(UTC)
        fired = trigger.get_next_fire_time(fired, fired)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        # As the clocks of pass Culture have them.
        ({"day": "*", "hour": "6"}, "every day at 06:00"),
        ({"day": "*", "hour": "23"}, "every day at 23:00"),
        ({"day": "*"}, "every day at 00:00"),
        ({"hour": "*", "minute": "20"}, "at 20 minutes past the hour"),
        ({"minute": "10"}, "at 10 minutes past the hour"),
        ({"minute": "*"}, "every minute"),
        ({"minute": "*/10"}, "every 10 minutes"),
        # Numbers are taken as text is.
        ({"hour": 6, "minute": 30}, "every day at 06:30"),
        # Monday is 0.
        ({"day_of_week": "0", "hour": 6}, "on Monday at 06:00"),
        ({"day_of_week": "mon-fri", "hour": "8"}, "on Monday through Friday at 08:00"),
        ({"day_of_week": 6}, "on Sunday at 00:00"),
        # Day and weekday have both to be met.
        (
            {"day": "1-7", "day_of_week": "mon", "hour": 3},
            "on day 1 through 7 of the month if it is Monday at 03:00",
        ),
        ({"day": "last"}, "on the last day of the month at 00:00"),
        ({"day": "last fri", "hour": 18}, "on the last Friday of the month at 18:00"),
        ({"day": "2nd TUE"}, "on the second Tuesday of the month at 00:00"),
        (
            {"day": "15,1st mon"},
            "on day 15 of the month or on the first Monday of the month at 00:00",
        ),
        (
            {"day": "1st sun,last sun", "day_of_week": "sun"},
            "on Sunday at 00:00, on 1st sun,last sun",
        ),
        (
            {"month": "jan-mar,dec", "day": "1"},
            "on day 1 of the month in January through March and December at 00:00",
        ),
        ({"month": "6"}, "on day 1 of the month in June at 00:00"),
        ({"week": "1", "day_of_week": "mon"}, "on Monday at 00:00, in week 1"),
        ({"week": "53"}, "every day at 00:00, in week 53"),
        ({"year": "2028"}, "on day 1 of the month in January at 00:00, in 2028"),
        ({"year": "2027/2", "month": 2, "day": 28}, None),
        ({"second": "*/20"}, "every 20 seconds"),
        ({"minute": "5/25", "second": 30}, None),
        ({"hour": "8-18/2", "minute": "0,30"}, None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "Asia/Kolkata"])
def test_the_examples_are_due_when_apscheduler_runs_them(
    said: dict[str, Any], words: str | None, zone: str
) -> None:
    fields = Fields(said, zone)

    ours = list(islice(fields.between(NOVEMBER, SPRING), 40))

    theirs = [at for at in islice(apscheduler(said, zone, NOVEMBER), 40) if at <= SPRING]
    assert ours == theirs
    assert words is None or fields.words() == f"{words} ({zone})"


def _terms(low: int, high: int, *names: str) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    spans = st.tuples(number, number).map(sorted)
    steps = st.integers(1, max(1, (high - low) // 2))
    texts = [
        number.map(str),
        spans.map(lambda span: f"{span[0]}-{span[1]}"),
        st.just("*"),
        steps.map("*/{}".format),
        st.builds("{}/{}".format, st.integers(low, low + (high - low) // 2), steps),
    ]
    if names:
        texts.append(st.sampled_from(names))
    return st.lists(st.one_of(*texts), min_size=1, max_size=3).map(",".join)


SAID = st.fixed_dictionaries(
    {},
    optional={
        "year": _terms(2026, 2030),
        "month": _terms(1, 12, "jan", "feb-may", "DEC"),
        "day": _terms(1, 31, "last", "1st mon", "3rd fri", "last sun", "5th wed"),
        "week": _terms(1, 53),
        "day_of_week": _terms(0, 6, "mon", "tue-sat", "Sun"),
        "hour": _terms(0, 23),
        "minute": _terms(0, 59),
        "second": _terms(0, 59),
    },
).filter(bool)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(said=SAID, zone=st.sampled_from(["UTC", "Asia/Kolkata", "Asia/Tokyo"]))
def test_whatever_they_say_they_are_due_when_apscheduler_runs_them(
    said: dict[str, str], zone: str
) -> None:
    try:
        fields = Fields(said, zone)
    except ScheduleError as refused:
        # Such as 30 February: APScheduler looks for it up to the year 9999.
        assume("nothing would ever run" not in str(refused))
        raise
    until = NOVEMBER + timedelta(days=5 * 366)

    ours = list(islice(fields.between(NOVEMBER, until), 5))

    last = ours[-1] if len(ours) == 5 else until
    theirs = list(islice(apscheduler(said, zone, NOVEMBER), len(ours))) if ours else []
    assert ours == theirs
    assert len(ours) == 5 or next(fields.between(last, until), None) is None


@pytest.mark.parametrize("year", [2027, 2028])
def test_what_goes_wrong_at_a_clock_change_there_goes_right_here(year: int) -> None:
    """There a midnight is left out or comes twice; here each day has one, as with Cron."""
    new_york = "America/New_York"
    since, until = (datetime(each, 1, 1, 12, tzinfo=UTC) for each in (year, year + 1))

    for said, expression in (
        ({"hour": "0"}, "0 0 * * *"),
        ({"hour": "1", "minute": "30"}, "30 1 * * *"),
        ({"hour": "2", "minute": "30"}, "30 2 * * *"),
        ({"minute": "*/20"}, "*/20 * * * *"),
        ({"hour": "*/2"}, "0 */2 * * *"),
    ):
        ours = list(Fields(said, new_york).between(since, until))
        assert ours == list(Cron(expression, new_york).between(since, until))


def test_how_clock_changes_are_met_may_be_said() -> None:
    twice = Fields({"hour": 2, "minute": 30}, PARIS, Dst(overlap="both"))
    october = datetime(2026, 10, 25, tzinfo=UTC)

    due = list(twice.between(october, october + timedelta(hours=12)))

    assert [later - earlier for earlier, later in pairwise(due)] == [timedelta(hours=1)]
    assert "twice when it comes twice" in twice.words()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"minute": "/10"}, "minute='/10': '/10' has no meaning (did you mean '*/10'?)"),
        ({"minute": "*/60"}, "a step of 60 is beyond the 59 from 0 to 59"),
        ({"minute": "60"}, "minute='60': 60 is out of range (write a number from 0 to 59)"),
        ({"hour": 24}, "hour=24: 24 is out of range"),
        ({"hour": "*/0"}, "a step of 0 goes nowhere"),
        ({"hour": "8-6"}, "'8-6' goes backwards"),
        ({"hour": "5,"}, "hour='5,': '' has no meaning"),
        ({"hour": "5-5/1"}, "a step of 1 is beyond the 0 from 5 to 5"),
        ({"day": 0}, "day=0: 0 is out of range"),
        ({"day": "6th mon"}, "day='6th mon': '6th mon' has no meaning"),
        ({"day": "1st mo"}, "'mo' is no weekday (did you mean 'mon'?)"),
        ({"day_of_week": "7"}, "7 is out of range"),
        ({"day_of_week": "fri-mon"}, "'fri-mon' goes backwards"),
        ({"day_of_week": "monday"}, "(did you mean 'mon'?)"),
        ({"month": "0"}, "month='0': 0 is out of range"),
        ({"week": "54"}, "54 is out of range"),
        ({"year": "1969"}, "1969 is out of range"),
        ({"minute": "every"}, "minute='every': 'every' has no meaning"),
        ({"minute": ""}, "minute='': '' has no meaning"),
        ({"hour": 6.5}, "hour=6.5: its type is float"),
        ({"hour": True}, "hour=True: its type is bool"),
    ],
)
def test_what_apscheduler_refuses_is_refused_with_what_to_write(
    said: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ScheduleError) as refused:
        Fields(said)

    assert reason in str(refused.value)
    with pytest.raises(ValueError, match=r"."):
        CronTrigger(**said, timezone=UTC)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "no field is said, so it would be due each second (second='*' says that)"),
        ({"minute": None}, "no field is said"),
        ({"day": 31, "month": "feb"}, "no day meets month='feb', day='31', so nothing would ever"),
        ({"week": 1, "month": 6}, "no day meets month='6', week='1'"),
        ({"minuet": 5}, "unknown field 'minuet' (did you mean 'minute'?)"),
        # Its parser stops after the name.
        ({"day_of_week": "mon/2"}, "'mon/2' has no meaning"),
        ({"day": "lastday"}, "'lastday' has no meaning"),
    ],
)
def test_what_apscheduler_takes_without_a_word_is_refused_where_it_cannot_be_meant(
    said: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ScheduleError) as refused:
        Fields(said)

    assert reason in str(refused.value)


def test_a_day_every_four_years_is_found() -> None:
    leap_day = Fields({"month": 2, "day": 29, "hour": 12})

    assert leap_day.next(NOVEMBER) == datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert leap_day.latest(NOVEMBER) == datetime(2024, 2, 29, 12, tzinfo=UTC)


def test_years_that_are_over_leave_nothing() -> None:
    assert Fields({"year": "2020-2025"}).first(NOVEMBER, SPRING) is None


def test_they_show_how_to_make_them_again() -> None:
    fields = Fields({"hour": 6, "day": "Last  Fri"}, "Europe/Paris")

    assert repr(fields) == "Fields((('day', 'last fri'), ('hour', '6')), 'Europe/Paris')"
    assert Fields(*fields.arguments) == fields
