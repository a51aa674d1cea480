"""The rule of `run_every`, against what its document promises, in an ordinary and a leap year.

Nothing here asks our code when something is due: each row says it in the calendar's own terms.
"""

import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from beat_schedule.errors import ScheduleError
from beat_schedule.schedules import Dst, Modulus, default_window, fingerprint

YEARS = (2027, 2028)
DAY = timedelta(days=1)


def days_of(year: int) -> Iterator[date]:
    return (
        date(year, 1, 1) + place * DAY
        for place in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    )


def at_times(year: int, hours=range(24), minutes=(0,)) -> list[datetime]:
    return [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
        for day in days_of(year)
        for hour in hours
        for minute in minutes
    ]


def on_days(year: int, places: range, hour: int = 0, minute: int = 0) -> list[datetime]:
    """By the place of the day in its year, from 1."""
    last_day = sum(1 for _ in days_of(year))
    new_year = datetime(year, 1, 1, hour, minute, tzinfo=UTC)
    return [new_year + (place - 1) * DAY for place in places if place <= last_day]


def on_firsts(year: int, months, hour: int = 0, minute: int = 0) -> list[datetime]:
    return [datetime(year, month, 1, hour, minute, tzinfo=UTC) for month in months]


PROMISED = {
    ("1 minute", time(0)): lambda year: at_times(year, minutes=range(60)),
    ("7 minutes", time(0)): lambda year: at_times(year, minutes=(0, 7, 14, 21, 28, 35, 42, 49, 56)),
    ("15 minutes", time(0)): lambda year: at_times(year, minutes=(0, 15, 30, 45)),
    ("45 minutes", time(0)): lambda year: at_times(year, minutes=(0, 45)),
    ("59 minutes", time(0)): lambda year: at_times(year, minutes=(0, 59)),
    ("1 hour", time(0)): at_times,
    ("5 hours", time(0)): lambda year: at_times(year, hours=(0, 5, 10, 15, 20)),
    ("23 hours", time(0)): lambda year: at_times(year, hours=(0, 23)),
    ("1 day", time(0)): lambda year: on_days(year, range(1, 367)),
    ("1 day", time(13)): lambda year: on_days(year, range(1, 367), 13),
    ("1 day", time(5, 30)): lambda year: on_days(year, range(1, 367), 5, 30),
    ("3 days", time(0)): lambda year: on_days(year, range(3, 367, 3)),
    ("3 days", time(17)): lambda year: on_days(year, range(3, 367, 3), 17),
    ("30 days", time(0)): lambda year: on_days(year, range(30, 367, 30)),
    ("365 days", time(0)): lambda year: on_days(year, range(365, 366)),
    ("1 month", time(0)): lambda year: on_firsts(year, range(1, 13)),
    ("1 month", time(6, 15)): lambda year: on_firsts(year, range(1, 13), 6, 15),
    ("3 months", time(0)): lambda year: on_firsts(year, (3, 6, 9, 12)),
    ("5 months", time(17)): lambda year: on_firsts(year, (5, 10), 17),
    ("7 months", time(0)): lambda year: on_firsts(year, (7,)),
    ("12 months", time(0)): lambda year: on_firsts(year, (12,)),
}


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize(("every", "at"), PROMISED)
def test_it_is_due_when_the_document_says(every, at, year):
    after = datetime(year, 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    until = datetime(year + 1, 1, 1, tzinfo=UTC) - timedelta(seconds=1)

    due = list(Modulus(every, at=at).between(after, until))

    assert due == PROMISED[every, at](year)


def test_the_dates_that_the_document_names():
    """Every 3 days in May: "on May 3rd, May 6th, May 9th, May 12th etc etc"."""
    three_days = Modulus("3 days")

    in_2027 = three_days.between(
        datetime(2027, 5, 1, tzinfo=UTC), datetime(2027, 5, 13, tzinfo=UTC)
    )

    assert [f"{due_at:%-d %B}" for due_at in in_2027] == ["3 May", "6 May", "9 May", "12 May"]


def test_a_task_created_on_the_11th_runs_the_next_day():
    assert Modulus("3 days").next(datetime(2027, 5, 11, 9, tzinfo=UTC)).day == 12


@pytest.mark.parametrize(
    ("every", "said"),
    [
        ("7 minutes", "begins anew each hour: from :56 to :00 it is 4 minutes"),
        ("45 minutes", "begins anew each hour: from :45 to :00 it is 15 minutes"),
        ("5 hours", "begins anew each day: from 20:00 to 00:00 it is 4 hours"),
        ("5 months", "is due in May and October alone: it begins anew each year"),
        ("7 months", "is due in July alone: it begins anew each year"),
    ],
)
def test_what_does_not_come_as_often_as_it_says_is_warned_of(every, said):
    [warning] = Modulus(every).warnings

    assert said in warning


@pytest.mark.parametrize(
    "every", ["1 minute", "15 minutes", "1 hour", "6 hours", "3 days", "4 months"]
)
def test_what_comes_evenly_is_not(every):
    assert Modulus(every).warnings == ()


def test_days_tell_their_gaps_at_new_year_and_by_the_leap_day():
    [said] = Modulus("3 days").seams(date(2026, 11, 21))

    assert said == (
        "'3 days' are counted by the day of the year: "
        "29 December 2026 to 3 January is 5 days, "
        "31 December 2028 to 3 January is 3 days; "
        "from 29 February 2028 on it is due a day earlier (29 February, in other years 1 March)"
    )


@pytest.mark.parametrize("every", ["1 day", "2 hours", "2 months"])
def test_what_has_no_such_gaps_tells_none(every):
    assert Modulus(every).seams(date(2026, 11, 21)) == ()


REFUSED = {
    "daily": "write '1 day'",
    "hourly": "write '1 hour'",
    "weekly": "write weekly = True instead",
    "minute": "write '1 minute'",
    "1 week": "write weekly = True instead",
    "2 weeks": "write every = '14d' instead",
    "30 seconds": "write every = '30s' instead",
    "2 mins": "did you mean 'minute'?",
    "0 minutes": "nothing is a multiple of 0",
    "60 minutes": "write '1 hour'",
    "90 minutes": "for real time write every = '90m'",
    "24 hours": "write '1 day'",
    "48 hours": "write '2 days'",
    "36 hours": "for real time write every = '36h'",
    "366 days": "for real time write every = '366d'",
    "13 months": "write yearly = True, or a cron expression",
    "1.5 hours": "it is no number of minutes, hours, days or months",
    "-3 days": "it is no number of minutes, hours, days or months",
    "": "it is no number of minutes, hours, days or months",
    3: "it is no number of minutes, hours, days or months",
}


@pytest.mark.parametrize(("every", "said"), REFUSED.items())
def test_what_would_silently_never_run_is_refused(every, said):
    with pytest.raises(ScheduleError) as refused:
        Modulus(every)

    assert str(refused.value).startswith(f"run_every {every!r}: ")
    assert said in str(refused.value)


@pytest.mark.parametrize("every", ["3 days", " 3  Days ", "3 day"])
def test_singular_plural_blanks_and_capitals_make_no_difference(every):
    assert Modulus(every) == Modulus("3 days")


def test_minutes_and_hours_take_no_time_of_day():
    with pytest.raises(ScheduleError, match="takes no time of day"):
        Modulus("2 hours", at=time(17))


def local(modulus, start, days):
    after = datetime.fromisoformat(start).replace(tzinfo=modulus.timezone).astimezone(UTC)
    due = modulus.between(after, after + days * DAY)
    return [f"{at.astimezone(modulus.timezone):%m-%d %H:%M %z}" for at in due]


def test_the_zone_says_which_day_and_time_it_is():
    paris = Modulus("2 days", "Europe/Paris", time(17))

    assert local(paris, "2027-03-26", 5) == ["03-27 17:00 +0100", "03-29 17:00 +0200"]


@pytest.mark.parametrize(
    ("dst", "due"),
    [
        (None, ["03-27 02:30 +0100", "03-28 03:00 +0200", "03-29 02:30 +0200"]),
        (Dst(gap="skip"), ["03-27 02:30 +0100", "03-29 02:30 +0200"]),
    ],
)
def test_a_gap_is_met_as_any_fixed_time_is(dst, due):
    daily = Modulus("1 day", "Europe/Paris", time(2, 30), dst)

    assert local(daily, "2027-03-27", 3) == due


@pytest.mark.parametrize("every", ["1 day", "2 days"])
@pytest.mark.parametrize(
    ("dst", "due"),
    [
        (None, ["10-31 02:30 +0200"]),
        (Dst(overlap="both"), ["10-31 02:30 +0200", "10-31 02:30 +0100"]),
    ],
)
def test_an_hour_that_comes_twice_is_met_as_any_fixed_time_is(every, dst, due):
    # 31 October 2027 is day 304, 31 October 2028 would not be even.
    modulus = Modulus(every, "Europe/Paris", time(2, 30), dst)

    assert local(modulus, "2027-10-31", 1) == due


def test_it_can_be_stored_and_told_from_others():
    modulus = Modulus("3 days", "Europe/Paris", time(17), Dst(gap="skip"))

    assert pickle.loads(pickle.dumps(modulus)) == modulus  # noqa: S301 -- our own
    assert fingerprint(modulus) != fingerprint(Modulus("3 days", "Europe/Paris", time(17)))
    assert fingerprint(modulus) != fingerprint(Modulus("3 days", "Europe/Paris", time(18)))
    assert "3 days" in repr(modulus)


def test_its_words_and_its_window_follow_from_it():
    assert Modulus("3 days", "Europe/Paris", time(17)).words() == (
        "every 3 days of the year at 17:00 (Europe/Paris)"
    )
    assert Modulus("1 month").words() == "on day 1 of the month at 00:00 (UTC)"
    assert default_window(Modulus("3 days")) == DAY
    assert default_window(Modulus("2 hours")) == timedelta(hours=1)
