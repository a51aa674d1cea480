"""Which due time somebody means."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from beat_schedule.actions.meaning import Span, meant, span_of
from beat_schedule.schedules import Cron

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 30, 1, 0, tzinfo=UTC)
HOURLY = Cron("0 * * * *")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "first", "after"),
    [
        # The day on which the clock goes forward has 23 hours.
        ("2026-03-29", "2026-03-28 23:00", "2026-03-29 22:00"),
        ("2026-03-10T06:30", "2026-03-10 05:30", "2026-03-10 05:31"),
        ("2026-03-10 06:30", "2026-03-10 05:30", "2026-03-10 05:31"),
        ("2026-03-10T06:30:15", "2026-03-10 05:30:15", "2026-03-10 05:30:16"),
        ("2026-03-10T06:30+00:00", "2026-03-10 06:30", "2026-03-10 06:31"),
    ],
)
def test_a_day_a_minute_a_second_are_spans_of_the_entrys_clock(said, first, after):
    span = span_of(said, PARIS, NOW)

    assert (span.first, span.last + timedelta(microseconds=1)) == (at(first), at(after))


@pytest.mark.parametrize("said", ["0001-01-01", "9999-12-31", "9999-12-31T06:30", "0999-12-31"])
def test_what_lies_at_the_end_of_all_calendars_is_not_meant(said):
    with pytest.raises(ValueError, match="not within the years 1000 to 9000"):
        span_of(said, PARIS, NOW)


@pytest.mark.parametrize(
    ("said", "first"), [("02:59", "2026-03-30 00:59"), ("23:00", "2026-03-29 21:00")]
)
def test_a_time_alone_is_the_last_one_that_is_past(said, first):
    assert span_of(said, PARIS, NOW).first == at(first)


@pytest.mark.parametrize("said", ["yesterday", "25:00", "2026-02-30", ""])
def test_what_is_neither_date_nor_time_is_refused(said):
    with pytest.raises(ValueError, match=r"."):
        span_of(said, PARIS, NOW)


def test_of_many_due_times_the_newest_that_is_past_is_meant():
    which = meant(HOURLY, span_of("2026-03-30", ZoneInfo("UTC"), NOW), NOW)

    assert (which.due_at, which.is_scheduled, which.count) == (NOW, True, 24)


def test_of_a_span_to_come_the_first_is_meant():
    which = meant(HOURLY, span_of("2026-03-31", ZoneInfo("UTC"), NOW), NOW)

    assert which.due_at == at("2026-03-31 00:00")


def test_what_the_record_names_is_meant_though_the_schedule_has_it_no_more():
    recorded = at("2026-03-29 12:30")

    which = meant(HOURLY, Span(recorded, recorded), NOW, recorded)

    assert (which.due_at, which.is_scheduled) == (recorded, False)


def test_where_nothing_is_due_its_neighbours_are_named():
    half_past = at("2026-03-29 12:30")

    which = meant(HOURLY, Span(half_past, half_past), NOW)

    assert which.due_at is None
    assert (which.before, which.after) == (at("2026-03-29 12:00"), at("2026-03-29 13:00"))
