"""When a loan is overdue: dates, zones, closed days."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.library.days import ClosedDays, LoanRules, Period

PARIS = ZoneInfo("Europe/Paris")


def rules(*periods, zone=PARIS, grace_days=0, closed=ClosedDays()):  # noqa: B008 -- frozen
    return LoanRules(
        periods=periods or (Period(30),), zone=zone, grace_days=grace_days, closed=closed
    )


@pytest.mark.parametrize(
    ("lent", "due"),
    [
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 1, 30), date(2026, 3, 1)),
        (date(2024, 1, 30), date(2024, 2, 29)),
        (date(2026, 12, 2), date(2027, 1, 1)),
        # Over the days on which clocks change.
        (date(2026, 3, 1), date(2026, 3, 31)),
        (date(2026, 10, 1), date(2026, 10, 31)),
    ],
)
def test_a_loan_of_thirty_days_is_due_thirty_days_later(lent, due):
    assert rules().due_on(lent) == due
    assert not rules().is_overdue(lent, due)
    assert rules().is_overdue(lent, due + timedelta(days=1))


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("UTC", date(2026, 5, 1), datetime(2026, 5, 1, tzinfo=UTC)),
        ("Europe/Paris", date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("Europe/Paris", date(2026, 3, 30), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        # The day begins at one o'clock: midnight is skipped.
        ("Africa/Cairo", date(2026, 4, 24), datetime(2026, 4, 23, 22, tzinfo=UTC)),
        # Midnight comes twice: the day begins with the first.
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_a_day_begins_with_its_first_instant(zone, day, instant):
    assert rules(zone=ZoneInfo(zone)).start_of(day) == instant


def test_a_due_date_moves_over_closed_days_and_only_forward():
    august = ClosedDays(frozenset({6}), ((date(2026, 8, 1), date(2026, 8, 15)),))

    assert rules(closed=august).due_on(date(2026, 7, 5)) == date(2026, 8, 17)
    assert rules(closed=august).due_on(date(2026, 7, 1)) == date(2026, 7, 31)


dates = st.dates(date(2020, 1, 1), date(2035, 1, 1))
closures = st.builds(
    ClosedDays,
    st.frozensets(st.integers(0, 6), max_size=6),
    st.lists(dates, max_size=3).map(
        lambda days: tuple((day, day + timedelta(days=9)) for day in days)
    ),
)
histories = st.lists(
    st.tuples(dates, st.integers(1, 90)), max_size=3, unique_by=lambda p: p[0]
).map(lambda later: (Period(30), *(Period(days, since) for since, days in sorted(later))))


laws = st.builds(
    rules,
    closed=closures,
    grace_days=st.integers(0, 10),
    zone=st.sampled_from([PARIS, ZoneInfo("Africa/Cairo"), ZoneInfo("Pacific/Apia")]),
)


@given(laws, histories, dates, st.integers(0, 200), st.integers(0, 82_799))
def test_the_spans_handed_to_sql_say_what_the_dates_say(law, periods, on, days_ago, second):
    law = replace(law, periods=periods)
    at = law.start_of(on - timedelta(days=days_ago)) + timedelta(seconds=second)

    in_spans = [span for span in law.overdue_spans(on) if span.start <= at < span.stop]

    assert bool(in_spans) == law.is_overdue(law.lent_on(at), on)
    assert len(in_spans) <= 1
