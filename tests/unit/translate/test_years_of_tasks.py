"""Every attribute that says when a Task runs, in a whole ordinary year and a whole leap year.

Against what the document promises, row by row of its table; also where its own implementation did
something else. Nothing here asks our code when something is due: each row says it in the calendar's
own terms.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from beat_schedule.settings import Settings
from beat_schedule.translate.report import Report
from beat_schedule.translate.run_every import schedule_of

YEARS = (2027, 2028)
DAY = timedelta(days=1)


def days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += DAY


def daily(year: int, hours: Iterable[int], minutes: Iterable[int] = (0,)) -> list[datetime]:
    times = [(hour, minute) for hour in hours for minute in minutes]
    return [
        datetime(day.year, day.month, day.day, *time, tzinfo=UTC)
        for day in days_of(year)
        for time in times
    ]


def each_hour(year: int, minutes: Iterable[int] = (0,)) -> list[datetime]:
    return daily(year, range(24), [*minutes])


def on_days(year: int, every: int, hour: int = 0, minute: int = 0) -> list[datetime]:
    """On each day whose place in its year, counted from 1, is a multiple."""
    return [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
        for place, day in enumerate(days_of(year), start=1)
        if place % every == 0
    ]


def on_firsts(year: int, months: Iterable[int], hour: int = 0, minute: int = 0) -> list[datetime]:
    return [datetime(year, month, 1, hour, minute, tzinfo=UTC) for month in months]


#: What it says, and what is promised for a year.
TABLE = [
    ({"run_every": "1 minute"}, lambda year: each_hour(year, range(60))),
    ({"run_every": "7 minutes"}, lambda year: each_hour(year, (0, 7, 14, 21, 28, 35, 42, 49, 56))),
    ({"run_every": "15 minutes"}, lambda year: each_hour(year, (0, 15, 30, 45))),
    ({"run_every": "30 minutes"}, lambda year: each_hour(year, (0, 30))),
    ({"run_every": "45 minutes"}, lambda year: each_hour(year, (0, 45))),
    ({"run_every": "59 minutes"}, lambda year: each_hour(year, (0, 59))),
    ({"run_every": "1 hour"}, each_hour),
    ({"run_every": "5 hours"}, lambda year: daily(year, (0, 5, 10, 15, 20))),
    ({"run_every": "23 hours"}, lambda year: daily(year, (0, 23))),
    ({"run_every": "1 day"}, lambda year: daily(year, (0,))),
    ({"run_every": "1 day", "run_at": "13:00"}, lambda year: daily(year, (13,))),
    ({"run_every": "3 days"}, lambda year: on_days(year, 3)),
    ({"run_every": "3 days", "run_at": "17:00"}, lambda year: on_days(year, 3, 17)),
    ({"run_every": "30 days", "run_at": "5:30"}, lambda year: on_days(year, 30, 5, 30)),
    ({"run_every": "365 days"}, lambda year: on_days(year, 365)),
    ({"run_every": "1 month"}, lambda year: on_firsts(year, range(1, 13))),
    ({"run_every": "1 month", "run_at": "17:00"}, lambda year: on_firsts(year, range(1, 13), 17)),
    ({"run_every": "3 months"}, lambda year: on_firsts(year, (3, 6, 9, 12))),
    ({"run_every": "5 months", "run_at": "05:30"}, lambda year: on_firsts(year, (5, 10), 5, 30)),
    ({"run_every": "7 months"}, lambda year: on_firsts(year, (7,))),
    ({"run_every": "12 months"}, lambda year: on_firsts(year, (12,))),
    ({"run_at": "17:00"}, lambda year: daily(year, (17,))),
    ({"run_at": "05:30"}, lambda year: daily(year, (5,), (30,))),
    ({"run_at": "5:30"}, lambda year: daily(year, (5,), (30,))),
    ({"run_every_hour": True}, each_hour),
    ({"run_every_minute": True}, lambda year: each_hour(year, range(60))),
    ({"twice_daily": (1, 13)}, lambda year: daily(year, (1, 13))),
    ({"twice_daily": (17, 8)}, lambda year: daily(year, (8, 17))),
    ({"run_every_hour": True, "run_at": "12:00"}, each_hour),
    ({"run_every": "2 hours", "run_at": "17:30"}, lambda year: daily(year, range(0, 24, 2))),
    ({"twice_daily": (1, 13), "run_at": "09:00"}, lambda year: daily(year, (1, 9, 13))),
    ({"run_every": "1 day", "twice_daily": (1, 13)}, lambda year: daily(year, (0, 1, 13))),
    ({"run_at": "17:00", "timezone": "Asia/Tokyo"}, lambda year: daily(year, (8,))),
]


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize(("said", "promised"), TABLE, ids=[str(said) for said, _ in TABLE])
def test_a_task_is_due_when_the_document_says_and_at_no_other_time(said, promised, year):
    just_before, end = (datetime(each, 1, 1, tzinfo=UTC) - DAY / 86400 for each in (year, year + 1))
    report = Report()

    schedule = schedule_of(said, "Job", Settings(), report)

    assert report.problems == []
    assert list(schedule.between(just_before, end)) == promised(year)
