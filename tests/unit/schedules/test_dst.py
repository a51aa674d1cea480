"""Clock changes: what they do to a schedule, and a sample of the comparison with the oracle.

`python -m tests.dst.check` compares every zone and every change; this takes seconds.
"""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import pytest
from cronsim import CronSim

from beat_schedule import Cron, Every
from beat_schedule.schedules import Dst
from tests.dst.compare import AROUND, differences
from tests.dst.oracle import MINUTE, Job, due_minutes, transitions, wall_minutes

#: Half hours, quarters, two hours, midnight, Ramadan, the other way round, and the plain ones.
HARD_ZONES = (
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Antarctica/Troll",
    "America/Santiago",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Gaza",
    "Europe/Dublin",
)
SOME_ZONES = tuple(sorted(available_timezones()))[::12]

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2028, 1, 1, tzinfo=UTC)


def local_times(expression: str, zone: str, start: str, hours: int) -> list[str]:
    """Due times as the zone's clock shows them, from a local time on."""
    cron = Cron(expression, zone)
    after = datetime.fromisoformat(start).replace(tzinfo=cron.timezone).astimezone(UTC)
    due = cron.between(after - timedelta(seconds=1), after + timedelta(hours=hours))
    return [f"{at.astimezone(cron.timezone):%d %H:%M %z}" for at in due]


@pytest.mark.parametrize("zone", HARD_ZONES)
def test_a_hard_zone_is_met_as_the_oracle_does(zone: str) -> None:
    changes = list(transitions(ZoneInfo(zone), SINCE, UNTIL))

    answers = [differences(ZoneInfo(zone), change) for change in changes]

    assert changes
    assert all(count for count, _ in answers)
    assert [difference for _, found in answers for difference in found] == []


@pytest.mark.parametrize("zone", SOME_ZONES)
def test_a_zone_of_the_sample_is_met_as_the_oracle_does(zone: str) -> None:
    changes = islice(transitions(ZoneInfo(zone), SINCE, SINCE + timedelta(days=366)), 2)

    found = [differences(ZoneInfo(zone), change)[1] for change in [*changes] or [SINCE]]

    assert not any(found)


def test_the_oracle_sees_what_cronsim_gets_wrong() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    change = next(transitions(zone, SINCE, UNTIL))
    after, until = change - AROUND, change + AROUND

    walls = wall_minutes(zone, after, until)
    right = [after + minute * MINUTE for minute in due_minutes(Job("0 */2 * * *"), walls)]
    cronsim = {
        at.astimezone(UTC) for at in islice(CronSim("0 */2 * * *", after.astimezone(zone)), 99)
    }

    assert set(right) - cronsim
    assert list(Cron("0 */2 * * *", zone).between(after, until)) == right


def test_a_fixed_time_in_the_gap_runs_right_after_it() -> None:
    due = local_times("30 2 * * *", "Europe/Paris", "2026-03-28T12:00", 48)

    assert due == ["29 03:00 +0200", "30 02:30 +0200"]


def test_several_fixed_times_in_the_gap_are_one_run() -> None:
    due = local_times("0,30 2,3 * * *", "Europe/Paris", "2026-03-29T00:00", 12)

    assert due == ["29 03:00 +0200", "29 03:30 +0200"]


def test_a_fixed_time_in_the_repeated_hour_runs_the_first_time() -> None:
    due = local_times("30 2 * * *", "Europe/Paris", "2026-10-24T12:00", 48)

    assert due == ["25 02:30 +0200", "26 02:30 +0100"]


def test_a_wildcard_follows_real_time_through_the_repeated_hour() -> None:
    due = local_times("*/30 1-3 * * *", "Europe/Paris", "2026-10-25T01:30", 12)

    assert due == [
        "25 01:30 +0200",
        "25 02:00 +0200",
        "25 02:30 +0200",
        "25 02:00 +0100",
        "25 02:30 +0100",
        "25 03:00 +0100",
        "25 03:30 +0100",
    ]


def test_an_hourly_run_is_hourly_in_real_time() -> None:
    after = datetime(2026, 3, 1, tzinfo=UTC)
    due = list(Cron("0 * * * *", "Europe/Paris").between(after, after + timedelta(days=300)))

    assert due == list(Every("1h").between(after, after + timedelta(days=300)))


def test_midnight_that_does_not_exist_is_at_one() -> None:
    due = local_times("0 0 * * *", "America/Santiago", "2026-09-05T12:00", 48)

    assert due == ["06 01:00 -0300", "07 00:00 -0300"]


def test_a_span_may_begin_and_end_within_the_repeated_hour() -> None:
    cron = Cron("*/20 * * * *", "Europe/Paris")
    first_pass = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)

    due = list(cron.between(first_pass, first_pass + timedelta(minutes=45)))

    assert [f"{at:%H:%M}" for at in due] == ["01:00", "01:20"]
    assert cron.next(first_pass) == due[0]


def test_seconds_make_no_fixed_time_of_a_wildcard() -> None:
    fixed = local_times("0 30 2 * * *", "Europe/Paris", "2026-03-29T00:00", 12)
    wild = local_times("*/30 30 2 * * *", "Europe/Paris", "2026-03-29T00:00", 12)

    assert fixed == ["29 03:00 +0200"]
    assert wild == []


def test_a_date_that_was_left_out_has_no_run_and_one_that_came_twice_has_two() -> None:
    samoa = local_times("30 6 * * *", "Pacific/Apia", "2011-12-29T00:00", 48)
    kwajalein = local_times("30 12 * * *", "Pacific/Kwajalein", "1969-09-30T00:00", 60)

    assert samoa == ["29 06:30 -1000", "31 06:30 +1400"]
    assert kwajalein == ["30 12:30 +1100", "30 12:30 -1200", "01 12:30 -1200"]


def test_every_takes_no_notice_of_clock_changes() -> None:
    before_the_gap = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)

    due = list(Every("90m").between(before_the_gap, before_the_gap + timedelta(hours=3)))

    assert [f"{at:%H:%M}" for at in due] == ["01:30", "03:00"]


SPRING, AUTUMN = "2026-03-29T00:00", "2026-10-25T00:00"


@pytest.mark.parametrize(
    ("expression", "dst", "night", "due"),
    [
        ("30 2 * * *", Dst(), SPRING, ["29 03:00 +0200"]),
        ("30 2 * * *", Dst(gap="skip"), SPRING, []),
        ("30 2 * * *", Dst(gap="skip"), AUTUMN, ["25 02:30 +0200"]),
        ("30 2 * * *", Dst(overlap="both"), AUTUMN, ["25 02:30 +0200", "25 02:30 +0100"]),
        ("30 2 * * *", Dst(overlap="both"), SPRING, ["29 03:00 +0200"]),
        ("30 1-3 * * *", Dst(gap="skip"), SPRING, ["29 01:30 +0100", "29 03:30 +0200"]),
        ("0 */2 * * *", Dst(), SPRING, ["29 00:00 +0100", "29 04:00 +0200", "29 06:00 +0200"]),
        (
            "0 */2 * * *",
            Dst(gap="run_after"),
            SPRING,
            ["29 00:00 +0100", "29 03:00 +0200", "29 04:00 +0200", "29 06:00 +0200"],
        ),
        (
            "0 */2 * * *",
            Dst(overlap="first"),
            AUTUMN,
            ["25 00:00 +0200", "25 02:00 +0200", "25 04:00 +0100"],
        ),
    ],
)
def test_an_entry_may_meet_clock_changes_in_its_own_way(
    expression: str, dst: Dst, night: str, due: list[str]
) -> None:
    cron = Cron(expression, "Europe/Paris", dst)
    after = datetime.fromisoformat(night).replace(tzinfo=cron.timezone).astimezone(UTC)

    found = list(cron.between(after - timedelta(seconds=1), after + timedelta(hours=5)))

    assert [f"{at.astimezone(cron.timezone):%d %H:%M %z}" for at in found] == due


@pytest.mark.parametrize("dst", [Dst(gap="run_after", overlap="both"), Dst(gap="skip")])
@pytest.mark.parametrize("expression", ["30 2 * * *", "*/20 * * * *", "15,45 1-3 * * *"])
def test_whatever_is_wanted_each_next_due_time_is_that_of_the_whole_night(
    expression: str, dst: Dst
) -> None:
    cron = Cron(expression, "Europe/Paris", dst)
    for night in (SPRING, AUTUMN):
        after = datetime.fromisoformat(night).replace(tzinfo=UTC)
        whole = list(cron.between(after, after + timedelta(days=2)))

        assert whole == sorted(set(whole))
        for at in (after + n * timedelta(minutes=7) for n in range(40)):
            assert cron.next(at) == next(due for due in whole if due > at)


def test_a_correction_of_the_clock_is_met_as_ever() -> None:
    # Samoa had no 30 December 2011.
    start = datetime(2011, 12, 29, 13, tzinfo=UTC)
    cron = Cron("30 2 * * *", "Pacific/Apia", Dst(gap="run_after"))

    due = cron.between(start, start + timedelta(days=1))

    assert [f"{at.astimezone(cron.timezone):%d %H:%M}" for at in due] == ["31 02:30"]


def test_what_is_wanted_anyway_makes_no_difference() -> None:
    assert Cron("30 2 * * *", dst=Dst(gap="run_after")) == Cron("30 2 * * *")
    assert Cron("*/20 * * * *", dst=Dst(overlap="both")) == Cron("*/20 * * * *")
    assert Cron("*/20 * * * *", dst=Dst(overlap="first")) != Cron("*/20 * * * *")


def test_the_words_say_what_is_not_as_usual() -> None:
    cron = Cron("30 2 * * *", "Europe/Paris", Dst(gap="skip", overlap="both"))

    assert cron.words() == (
        "every day at 02:30 (Europe/Paris; not when the clock skips it; twice when it comes twice)"
    )
    assert eval(repr(cron)) == cron  # noqa: S307 -- our own text
