"""What a cron expression means."""

import timeit
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from beat_schedule import Cron
from beat_schedule.errors import ScheduleError
from beat_schedule.schedules.base import LATEST

#: A Thursday.
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
A_YEAR = timedelta(days=365)


def days(expression: str, span: timedelta = A_YEAR) -> set[tuple[int, int]]:
    """Month and day of all that is due in 2026."""
    just_before = NEW_YEAR - timedelta(seconds=1)
    due = Cron(expression).between(just_before, just_before + span)
    return {(at.month, at.day) for at in due}


def first(expression: str, count: int) -> list[str]:
    due = Cron(expression).between(NEW_YEAR, NEW_YEAR + 10 * A_YEAR)
    return [f"{at:%m-%d %H:%M:%S}" for at in islice(due, count)]


def every_day_of_2026() -> Iterator[datetime]:
    return (NEW_YEAR + timedelta(days=number) for number in range(365))


def test_five_fields_are_due_at_the_full_minute() -> None:
    assert first("30 6 * * *", 2) == ["01-01 06:30:00", "01-02 06:30:00"]


def test_six_fields_have_the_seconds_first() -> None:
    assert first("*/30 15 18 * * *", 3) == ["01-01 18:15:00", "01-01 18:15:30", "01-02 18:15:00"]


@pytest.mark.parametrize(
    ("word", "fields"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@Daily", "0 0 * * *"),
        ("hourly", "0 * * * *"),
        ("daily", "0 0 * * *"),
        ("weekly", "0 0 * * 0"),
        ("monthly", "0 0 1 * *"),
        ("yearly", "0 0 1 1 *"),
        ("annual", "0 0 1 1 *"),
    ],
)
def test_a_word_stands_for_five_fields(word: str, fields: str) -> None:
    assert first(word, 5) == first(fields, 5)
    assert Cron(word).expression == word


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0 0 ? * mon", "0 0 * * 1"),
        ("?/15 * * * *", "*/15 * * * *"),
        ("0 0 * * 7", "0 0 * * 0"),
        ("0 0 * * 5-7", "0 0 * * 5,6,0"),
        ("0 0 * * 7-2", "0 0 * * 0,1,2"),
        ("0 0 * * sat-sun", "0 0 * * 6,0"),
        ("0 0 * * fri-mon", "0 0 * * 5,6,0,1"),
        ("0 0 * * FRI-mon/2", "0 0 * * 5,0"),
        ("0 0 * * 1/2", "0 0 * * 1,3,5"),
        ("0 22-4 * * *", "0 22,23,0,1,2,3,4 * * *"),
        ("0 22-4/2 * * *", "0 22,0,2,4 * * *"),
        ("50-10/5 0 * * *", "50,55,0,5,10 0 * * *"),
        ("50-10/10 0 0 1 * *", "50,0,10 0 0 1 * *"),
        ("0 0 1 nov-feb *", "0 0 1 11,12,1,2 *"),
        ("0 0 28-3 * *", "0 0 28,29,30,31,1,2,3 * *"),
        ("5/20 * * * *", "5,25,45 * * * *"),
        ("5-5/20 0 * * *", "5 0 * * *"),
        ("  0 \t 0  *\n* *  ", "0 0 * * *"),
        ("0 0 * JAN,dEc Mon-FRI", "0 0 * 1,12 1-5"),
        ("0,0,0 0 * * *", "0 0 * * *"),
        ("007 0 * * *", "7 0 * * *"),
    ],
)
def test_two_ways_to_write_the_same(one: str, other: str) -> None:
    assert first(one, 100) == first(other, 100)


def test_day_fields_are_ored_when_neither_begins_with_a_star() -> None:
    expected = {
        (at.month, at.day) for at in every_day_of_2026() if at.day == 13 or at.weekday() == 4
    }

    assert days("0 0 13 * 5") == expected


@pytest.mark.parametrize("expression", ["0 0 */2 * 5", "0 0 */2 * fri"])
def test_day_fields_are_anded_when_one_begins_with_a_star(expression: str) -> None:
    expected = {
        (at.month, at.day) for at in every_day_of_2026() if at.day % 2 and at.weekday() == 4
    }

    assert days(expression) == expected


def test_l_is_the_last_day_of_the_month() -> None:
    lasts = {(at.month, at.day) for at in every_day_of_2026() if (at + timedelta(days=1)).day == 1}

    assert days("0 0 L * *") == lasts


def test_l_after_a_weekday_is_the_last_one_of_the_month() -> None:
    lasts = {
        (at.month, at.day)
        for at in every_day_of_2026()
        if at.weekday() == 4 and (at + timedelta(days=7)).month != at.month
    }

    assert days("0 0 * * 5L") == days("0 0 * * friL") == lasts


def test_a_hash_is_the_nth_weekday_of_the_month() -> None:
    seconds = {
        (at.month, at.day) for at in every_day_of_2026() if at.weekday() == 4 and 8 <= at.day <= 14
    }

    assert days("0 0 * * 5#2") == days("0 0 * * fri#2") == seconds


def test_lw_is_the_last_working_day_of_the_month() -> None:
    assert days("0 0 LW 1,2,5 *") == {(1, 30), (2, 27), (5, 29)}


def test_a_step_beyond_its_field_is_warned_of() -> None:
    cron = Cron("*/90 * * * *")

    [warning] = cron.warnings

    assert first("*/90 * * * *", 2) == ["01-01 01:00:00", "01-01 02:00:00"]
    assert "minute '*/90'" in warning
    assert "Every" in warning


@pytest.mark.parametrize("expression", ["*/60 * * * *", "0 */24 * * *", "0 0 */31 * *"])
def test_a_step_that_never_steps_is_warned_of(expression: str) -> None:
    assert Cron(expression).warnings


@pytest.mark.parametrize("expression", ["*/59 * * * *", "0 */23 * * *", "0 0 * * */6", "@daily"])
def test_an_ordinary_expression_has_no_warnings(expression: str) -> None:
    assert Cron(expression).warnings == ()


def test_a_span_has_its_end_and_not_its_start() -> None:
    midnight = NEW_YEAR + timedelta(days=1)

    due = list(Cron("0 0 * * *").between(midnight, midnight + timedelta(days=1)))

    assert due == [midnight + timedelta(days=1)]


def test_a_start_within_a_second_leaves_nothing_out() -> None:
    half_before = NEW_YEAR - timedelta(milliseconds=500)

    assert Cron("0 0 * * *").next(half_before) == NEW_YEAR
    assert Cron("* * * * * *").next(half_before + timedelta(seconds=1)) == NEW_YEAR + timedelta(
        seconds=1
    )


@pytest.mark.parametrize("span", [timedelta(0), timedelta(days=-1)])
def test_a_span_that_ends_before_it_starts_is_empty(span: timedelta) -> None:
    assert list(Cron("* * * * *").between(NEW_YEAR, NEW_YEAR + span)) == []


def test_a_naive_time_is_refused_at_once() -> None:
    naive = NEW_YEAR.replace(tzinfo=None)

    with pytest.raises(ScheduleError, match="no timezone"):
        Cron("* * * * *").between(naive, NEW_YEAR)
    with pytest.raises(ScheduleError, match="no timezone"):
        Cron("* * * * *").between(NEW_YEAR, naive)
    with pytest.raises(ScheduleError, match="no timezone"):
        Cron("* * * * *").latest(naive)


def test_due_times_are_in_utc_whatever_zone_is_asked_in() -> None:
    paris = ZoneInfo("Europe/Paris")

    due_at = Cron("0 9 * * *", paris).next(datetime(2026, 7, 1, tzinfo=paris))

    assert due_at == datetime(2026, 7, 1, 7, tzinfo=UTC)
    assert due_at.tzinfo is UTC


def test_rare_dates_do_not_hang_a_century() -> None:
    leap_days = list(Cron("0 0 29 2 *", "Europe/Paris").between(NEW_YEAR, NEW_YEAR + 100 * A_YEAR))
    sundays = Cron("0 0 29 2 */7").between(NEW_YEAR, NEW_YEAR + 100 * A_YEAR)

    assert len(leap_days) == 24
    assert [at.year for at in sundays] == [2032, 2060, 2088]


def test_the_ends_of_the_calendar_are_no_error() -> None:
    cron = Cron("0 0 * * *", "Pacific/Kiritimati")
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

    assert len(list(cron.between(latest - timedelta(days=30), latest))) > 20
    assert cron.next(earliest).year == 1
    assert cron.latest(earliest) is None
    with pytest.raises(ScheduleError, match="no due time after"):
        cron.next(latest)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "Australia/Lord_Howe"])
@pytest.mark.parametrize("expression", ["0 0 * * *", "0 0 29 2 *", "30 6 * * mon", "*/5 * * * *"])
def test_a_short_span_costs_no_scan_of_the_day(expression: str, zone: str) -> None:
    cron = Cron(expression, zone)
    after = datetime(2026, 6, 15, 0, 0, 1, tzinfo=UTC)
    until = after + timedelta(seconds=1)

    seconds = (
        min(timeit.repeat(lambda: list(cron.between(after, until)), number=10, repeat=20)) / 10
    )

    assert seconds < 0.000_2


def test_the_latest_due_time_is_found_near_and_far() -> None:
    until = datetime(2026, 6, 15, 12, 0, 30, tzinfo=UTC)

    assert Cron("* * * * *").latest(until) == until.replace(second=0)
    assert Cron("* * * * * *").latest(until) == until
    assert Cron("0 0 1 1 *").latest(until) == NEW_YEAR
    assert Cron("0 0 29 2 *").latest(until) == datetime(2024, 2, 29, tzinfo=UTC)
    assert Cron("0 0 29 2 */7").latest(until) == datetime(2004, 2, 29, tzinfo=UTC)


def test_the_latest_due_time_is_sought_no_further_than_since() -> None:
    until = NEW_YEAR + timedelta(hours=12)

    assert Cron("0 0 * * *").latest(until, since=NEW_YEAR - timedelta(seconds=1)) == NEW_YEAR
    assert Cron("0 0 * * *").latest(until, since=NEW_YEAR) is None
    assert Cron("0 0 * * *").latest(until, since=until) is None


def test_the_same_schedule_is_equal_and_another_is_not() -> None:
    cron = Cron("0 0 * * *", "Europe/Paris")

    assert cron == Cron("0  0 * * *", ZoneInfo("Europe/Paris"))
    assert hash(cron) == hash(Cron("0 0 * * *", "Europe/Paris"))
    assert cron != Cron("0 0 * * *", "UTC")
    assert cron != Cron("1 0 * * *", "Europe/Paris")
    assert cron != "0 0 * * *"


def test_it_shows_how_to_make_it_again() -> None:
    cron = Cron(" 0  0 * * * ", "Europe/Paris")

    assert repr(cron) == "Cron('0 0 * * *', 'Europe/Paris')"
    assert cron.timezone is ZoneInfo("Europe/Paris")


def test_due_times_have_no_twins() -> None:
    due = list(Cron("*/20 * * * *", "Europe/Paris").between(NEW_YEAR, NEW_YEAR + A_YEAR))

    assert all(later > earlier for earlier, later in pairwise(due))


def test_at_the_end_of_the_calendar_there_is_no_next() -> None:
    assert Cron("0 0 29 2 *").first(datetime(9999, 1, 1, tzinfo=UTC), LATEST) is None
