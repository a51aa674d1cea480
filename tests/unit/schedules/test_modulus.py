"""The rule of `run_every`: its dates, its seams, what it refuses, and how clock changes are met.

Whole years of it, attribute by attribute, are in `test_years_of_tasks`.
"""

import pickle
from datetime import UTC, date, datetime, time, timedelta

import pytest

from beat_schedule.errors import ScheduleError
from beat_schedule.schedules import Dst, Modulus, default_window, fingerprint

DAY = timedelta(days=1)


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
        "in 2028 it is due a day earlier from the leap day on (29 February, in other years 1 March)"
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
