"""Bad expressions, intervals and zones are refused in words that mend them."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beat_schedule import Cron, Every
from beat_schedule.errors import ScheduleError
from beat_schedule.policies import Policy
from beat_schedule.schedules import Governed


@pytest.mark.parametrize(
    ("expression", "field_and_value", "reason", "cure"),
    [
        ("61 * * * *", "minute '61'", "61 is out of range", "a number from 0 to 59"),
        ("* 24 * * *", "hour '24'", "24 is out of range", "a number from 0 to 23"),
        ("* * 0 * *", "day of month '0'", "out of range", "a number from 1 to 31"),
        ("* * * 13 *", "month '13'", "out of range", "a number from 1 to 12"),
        ("* * * * 8", "weekday '8'", "out of range", "0 to 7"),
        ("* * * foo *", "month 'foo'", "'foo' has no meaning here", "jan, feb"),
        ("* * * * monday", "weekday 'monday'", "no meaning", "did you mean 'mon'?"),
        ("60 * * * * *", "second '60'", "out of range", "a number from 0 to 59"),
        ("1,,2 * * * *", "minute '1,,2'", "an item of the list is empty", "stray comma"),
        ("*/0 * * * *", "minute '*/0'", "'0' is no step", "at least 1"),
        ("*/x * * * *", "minute '*/x'", "'x' is no step", "a whole number"),
        ("*/ * * * *", "minute '*/'", "'' is no step", "a whole number"),
        ("1- * * * *", "minute '1-'", "a number is missing", "0 to 59"),
        ("-1 * * * *", "minute '-1'", "a number is missing", "0 to 59"),
        ("1-2-3 * * * *", "minute '1-2-3'", "'2-3' has no meaning here", "0 to 59"),
        ("H * * * *", "minute 'H'", "'h' has no meaning here", "0 to 59"),
        ("٣ * * * *", "minute '٣'", "has no meaning here", "0 to 59"),
        ("9" * 5000 + " * * * *", "minute", "has no meaning here", "0 to 59"),
        ("* * 15W * *", "day of month '15W'", "no meaning here", "1 to 31"),
        ("* * L/2 * *", "day of month 'L/2'", "cannot have a step", "write 'L' alone"),
        ("* * * * L", "weekday 'L'", "says no weekday", "write 5L"),
        ("* * * * fri#6", "weekday 'fri#6'", "'6' is no week of a month", "from 1 to 5"),
        ("* * * * #1", "weekday '#1'", "a number is missing", "0 to 7"),
        ("0 0 30 2 *", "day of month '30'", "does not exist in month '2'", "L for the last"),
        ("0 0 31 4,6 *", "day of month '31'", "does not exist", "write a day that exists"),
        ("* * * *", "", "it has 4 fields", "five fields"),
        ("", "", "it has 0 fields", "five fields"),
        ("0 0 1 1 * * 2026", "", "it has 7 fields", "the year cannot be given"),
        ("@dayly", "", "'@dayly' alone has no meaning", "did you mean '@daily'?"),
        ("dayly", "", "'dayly' alone has no meaning", "did you mean '@daily'?"),
        ("nonsense", "", "'nonsense' alone has no meaning", "five fields"),
        ("@reboot", "", "'@reboot' is no time of day", "use Every"),
        ("@every 5m", "", "'@every' is no time of day", "use Every"),
        (None, "", "it is no text", "five fields"),
        (5, "", "it is no text", "five fields"),
    ],
)
def test_a_bad_expression_is_told_with_its_cure(
    expression: Any, field_and_value: str, reason: str, cure: str
) -> None:
    with pytest.raises(ScheduleError) as refused:
        Cron(expression)

    told = str(refused.value)
    assert told.startswith("cron expression ")
    assert field_and_value in told
    assert reason in told
    assert cure in told


@pytest.mark.parametrize(
    ("expression", "cure"),
    [
        ("* * * * * */15", "'*/15 * * * * *'"),
        ("*/5 * * * * 30", "'30 */5 * * * *'"),
        ("*/5 * * * * 0,30", "'0,30 */5 * * * *'"),
        ("15 18 * * mon-fri 0", "'0 15 18 * * mon-fri'"),
        ("15 18 * * 1-5 0", "'0 15 18 * * 1-5'"),
        ("0 18 * * 1-5 0", "'0 0 18 * * 1-5'"),
        ("0 18 1 jan * 0", "'0 0 18 1 jan *'"),
        ("*/5 * * * * 0", "'0 */5 * * * *'"),
        ("* * * * * 0", "'0 * * * * *'"),
    ],
)
def test_seconds_that_were_written_last_are_told_to_go_first(expression: str, cure: str) -> None:
    with pytest.raises(ScheduleError, match="looks like seconds") as refused:
        Cron(expression)

    assert f"write the seconds first: {cure}" in str(refused.value)


def test_a_sunday_taken_for_seconds_can_be_written_otherwise() -> None:
    with pytest.raises(ScheduleError, match=r"if Sunday is meant: '\*/5 \* \* \* \* sun'"):
        Cron("*/5 * * * * 0")

    assert Cron("*/5 * * * * sun").words() == "every 5 seconds, on Sunday (UTC)"


@pytest.mark.parametrize(
    "expression",
    ["0 30 6 * * 0", "0 0 0 1 * *", "*/10 * 8-18 * * 1-5", "0 15 18 * * mon-fri", "0 0 6 * * 1,3"],
)
def test_seconds_that_were_written_first_are_taken(expression: str) -> None:
    assert Cron(expression).expression == expression


@pytest.mark.parametrize(
    ("zone", "cure"),
    [
        ("Europe/Pariss", "did you mean 'Europe/Paris'?"),
        ("europe/paris", "did you mean 'Europe/Paris'?"),
        ("America/New York", "did you mean 'America/New_York'?"),
        ("nowhere at all", "such as 'Europe/Paris'"),
        ("", "such as 'Europe/Paris'"),
        ("../../etc/passwd", "such as 'Europe/Paris'"),
        ("/etc/passwd", "such as 'Europe/Paris'"),
        ("a\0b", "such as 'Europe/Paris'"),
        ("\ud800", "such as 'Europe/Paris'"),
        ("Europe", "did you mean"),
        (None, "such as 'Europe/Paris'"),
        (3, "such as 'Europe/Paris'"),
    ],
)
def test_an_unknown_zone_is_told_with_a_near_one(zone: Any, cure: str) -> None:
    with pytest.raises(ScheduleError, match="timezone") as refused:
        Cron("0 0 * * *", zone)

    assert cure in str(refused.value)


@pytest.mark.parametrize(
    ("interval", "reason"),
    [
        ("0s", "shorter than a second"),
        (timedelta(0), "shorter than a second"),
        (timedelta(seconds=-5), "shorter than a second"),
        (timedelta(milliseconds=500), "shorter than a second"),
        (timedelta(milliseconds=1500), "no whole number of seconds"),
        ("90", "no interval"),
        ("1.5h", "no interval"),
        ("-5m", "no interval"),
        ("5 weeks", "no interval"),
        ("", "no interval"),
        ("٣s", "no interval"),
        (90, "no interval"),
        (None, "no interval"),
        ("999999999d", "longer than the calendar"),
        (timedelta(days=999_999_999), "longer than the calendar"),
    ],
)
def test_a_bad_interval_is_told_with_its_cure(interval: Any, reason: str) -> None:
    with pytest.raises(ScheduleError, match=reason) as refused:
        Every(interval)

    assert "'90s', '5m', '2h', '1d'" in str(refused.value)


@pytest.mark.parametrize("by", [timedelta(seconds=-1), timedelta(milliseconds=1)])
def test_a_delay_is_whole_seconds_and_looks_ahead(by: timedelta) -> None:
    with pytest.raises(ScheduleError, match="whole seconds"):
        Governed(Cron("@daily"), Policy(spread=by))


def assert_read_or_refused(text: str) -> None:
    try:
        cron = Cron(text)
    except ScheduleError as refused:
        assert str(refused)  # noqa: PT017 -- whether it is refused is what varies
    else:
        assert cron.words()


FRAGMENTS = st.sampled_from(
    [*"*?LW#/-, 0157\té\0@", "59", "31", "mon", "sun-", "feb", "@daily", "midnight", "9" * 11]
)


@settings(max_examples=1500, deadline=None, derandomize=True, database=None)
@given(st.one_of(st.text(max_size=30), st.lists(FRAGMENTS, max_size=16).map("".join)))
def test_no_text_escapes_with_another_error(text: str) -> None:
    assert_read_or_refused(text)


FIELD_SOUP = st.lists(
    st.lists(st.sampled_from("0123456789*?/-,#L"), min_size=1, max_size=5).map("".join),
    min_size=5,
    max_size=6,
).map(" ".join)


@settings(max_examples=2000, deadline=None, derandomize=True, database=None)
@given(FIELD_SOUP)
def test_no_fields_escape_with_another_error(text: str) -> None:
    assert_read_or_refused(text)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=20))
def test_no_zone_or_interval_escapes_with_another_error(text: str) -> None:
    for make in (lambda: Cron("@daily", text), lambda: Every(text)):
        try:
            make()
        except ScheduleError as refused:
            assert str(refused)  # noqa: PT017 -- whether it is refused is what varies
