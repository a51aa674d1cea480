"""Intervals in real time, and due times that are sent later."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from beat_schedule import Cron, Every
from beat_schedule.policies import Policy
from beat_schedule.schedules import Governed
from beat_schedule.schedules.base import EARLIEST, LATEST

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "interval", "words"),
    [
        ("90s", timedelta(seconds=90), "every 90 seconds"),
        ("5m", timedelta(minutes=5), "every 5 minutes"),
        ("2h", timedelta(hours=2), "every 2 hours"),
        ("1d", timedelta(days=1), "every day"),
        ("3600s", timedelta(hours=1), "every hour"),
        (" 10 M ", timedelta(minutes=10), "every 10 minutes"),
    ],
)
def test_an_interval_is_a_number_and_a_unit(text: str, interval: timedelta, words: str) -> None:
    every = Every(text)

    assert every.interval == interval
    assert every == Every(interval)
    assert every.words() == words


def test_due_times_lie_on_the_grid_of_the_epoch() -> None:
    due = list(islice(Every("7m").between(NEW_YEAR, NEW_YEAR + timedelta(days=1)), 3))

    assert all(at.timestamp() % (7 * 60) == 0 for at in due)
    assert due[0] - NEW_YEAR <= timedelta(minutes=7)
    assert due[2] - due[0] == timedelta(minutes=14)


def test_the_grid_goes_back_before_the_epoch() -> None:
    before = datetime(1969, 12, 31, 23, 50, tzinfo=UTC)

    assert Every("1h").next(before) == datetime(1970, 1, 1, tzinfo=UTC)


def test_the_latest_of_a_long_interval_is_found() -> None:
    every = Every("400d")

    latest = every.latest(NEW_YEAR)

    assert latest is not None
    assert (latest.timestamp() / 86_400) % 400 == 0
    assert latest <= NEW_YEAR < latest + timedelta(days=400)


def test_an_interval_shows_how_to_make_it_again() -> None:
    assert repr(Every(timedelta(minutes=90))) == "Every('90m')"


def test_a_delay_moves_the_time_of_sending() -> None:
    delayed = Governed(Cron("0 0 * * *"), Policy(spread=timedelta(minutes=100)))

    assert delayed.next(NEW_YEAR) == NEW_YEAR + timedelta(minutes=100)
    assert delayed.latest(NEW_YEAR) == NEW_YEAR - timedelta(days=1) + timedelta(minutes=100)
    assert delayed.words() == "every day at 00:00 (UTC), sent 100 minutes later"


def test_a_delay_of_nothing_is_the_schedule_itself() -> None:
    daily = Cron("0 0 * * *")

    assert Governed(daily, Policy()).words() == daily.words()
    assert Governed(daily, Policy()).next(NEW_YEAR) == daily.next(NEW_YEAR)
    assert Governed(daily, Policy()) != Governed(daily, Policy(spread=timedelta(seconds=1)))


def test_the_calendar_may_begin_and_end_within_an_interval() -> None:
    every = Every("400000d")

    assert list(every.between(EARLIEST, LATEST)) == [
        datetime(1970, 1, 1, tzinfo=UTC) + n * timedelta(days=400_000) for n in range(-1, 8)
    ]
