"""The words for a schedule say what it does: each sentence is held against the due times."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule import Cron

MINUTE = timedelta(minutes=1)
#: A leap year's January and February, and a March.
SINCE = datetime(2028, 1, 1, tzinfo=UTC) - MINUTE
SPAN = timedelta(days=91)


def at(*times: str) -> Callable[[datetime], bool]:
    return lambda due: f"{due:%H:%M}" in times


def midnight(due: datetime) -> bool:
    return (due.hour, due.minute) == (0, 0)


@pytest.mark.parametrize(
    ("expression", "sentence", "is_meant"),
    [
        ("* * * * *", "every minute", lambda _: True),
        ("@hourly", "every hour", lambda due: due.minute == 0),
        ("0 0-23 * * *", "every hour", lambda due: due.minute == 0),
        ("*/20 * * * *", "every 20 minutes", lambda due: due.minute in (0, 20, 40)),
        (
            "*/25 * * * *",
            "at 0, 25, and 50 minutes past the hour",
            lambda due: due.minute in (0, 25, 50),
        ),
        ("*/90 * * * *", "every hour", lambda due: due.minute == 0),
        ("0 */2 * * *", "every 2 hours", lambda due: due.minute == 0 and due.hour % 2 == 0),
        (
            "0 */5 * * *",
            "every day at 00:00, 05:00, 10:00, 15:00 and 20:00",
            at("00:00", "05:00", "10:00", "15:00", "20:00"),
        ),
        (
            "*/10 */8 * * *",
            "every 10 minutes, in the hours 00, 08 and 16",
            lambda due: due.minute % 10 == 0 and due.hour in (0, 8, 16),
        ),
        (
            "*/30 22-1 * * *",
            "every 30 minutes, in the hours 00, 01, 22 and 23",
            lambda due: due.minute in (0, 30) and due.hour in (22, 23, 0, 1),
        ),
        (
            "*/30 1-3 * * *",
            "every 30 minutes, between 01:00 and 03:59",
            lambda due: due.minute in (0, 30) and 1 <= due.hour <= 3,
        ),
        ("30 6 * * *", "every day at 06:30", at("06:30")),
        (
            "0,30 6,18 * * *",
            "every day at 06:00, 06:30, 18:00 and 18:30",
            at("06:00", "06:30", "18:00", "18:30"),
        ),
        (
            "15 9-17 * * mon-fri",
            "every hour from 09:15 to 17:15, on Monday through Friday",
            lambda due: due.minute == 15 and 9 <= due.hour <= 17 and due.weekday() < 5,
        ),
        (
            "0 0 * * sat-sun",
            "on Saturday and Sunday at 00:00",
            lambda due: midnight(due) and due.weekday() > 4,
        ),
        ("0 0 * * 7", "on Sunday at 00:00", lambda due: midnight(due) and due.weekday() == 6),
        ("0 0 * * 1-7", "every day at 00:00", midnight),
        (
            "0 0 13 * 5",
            "on day 13 of the month or on Friday at 00:00",
            lambda due: midnight(due) and (due.day == 13 or due.weekday() == 4),
        ),
        (
            "0 0 */16 * 5",
            "on day 1 and 17 of the month if it is Friday at 00:00",
            lambda due: midnight(due) and due.day in (1, 17) and due.weekday() == 4,
        ),
        ("0 0 1-31 * 5", "every day at 00:00", midnight),
        ("0 0 13 * 0-6", "every day at 00:00", midnight),
        (
            "0 0 1-7 * *",
            "on day 1 through 7 of the month at 00:00",
            lambda due: midnight(due) and due.day <= 7,
        ),
        (
            "0 0 15,L * *",
            "on day 15 of the month or on the last day of the month at 00:00",
            lambda due: midnight(due) and (due.day == 15 or (due + timedelta(days=1)).day == 1),
        ),
        (
            "0 0 * * fri#2,5L",
            "on the second Friday of the month or on the last Friday of the month at 00:00",
            lambda due: (
                midnight(due)
                and due.weekday() == 4
                and (8 <= due.day <= 14 or (due + timedelta(days=7)).month != due.month)
            ),
        ),
        (
            "0 0 29 feb *",
            "on day 29 of the month in February at 00:00",
            lambda due: midnight(due) and (due.month, due.day) == (2, 29),
        ),
        (
            "0 12 * nov-jan *",
            "every day in January, November, and December at 12:00",
            lambda due: due.month in (11, 12, 1) and (due.hour, due.minute) == (12, 0),
        ),
        (
            "0 12 1 1-3 *",
            "on day 1 of the month in January through March at 12:00",
            lambda due: due.day == 1 and (due.hour, due.minute) == (12, 0),
        ),
    ],
)
def test_a_sentence_says_what_is_done(
    expression: str, sentence: str, is_meant: Callable[[datetime], bool]
) -> None:
    cron = Cron(expression)

    minutes = (SINCE + number * MINUTE for number in range(1, SPAN // MINUTE + 1))
    meant = [minute for minute in minutes if is_meant(minute)]

    assert cron.words() == f"{sentence} (UTC)"
    assert list(cron.between(SINCE, SINCE + SPAN)) == meant


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("* * * * * *", "every second"),
        ("*/15 * * * * *", "every 15 seconds"),
        ("30 0 6 * * *", "every day at 06:00:30"),
    ],
)
def test_seconds_are_named_when_they_matter(expression: str, sentence: str) -> None:
    assert Cron(expression).words() == f"{sentence} (UTC)"


def test_the_zone_is_named() -> None:
    assert Cron("30 6 * * *", "Europe/Paris").words() == "every day at 06:30 (Europe/Paris)"
