"""The roster: how far each entry is decided, and what it costs to ask that again and again."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from celery import Celery

from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.roster import BROKEN_AGAIN, MOST_TOO_LATE, Roster, may_have_more
from beat_schedule.dispatch.values import Standing
from beat_schedule.policies import Policy
from beat_schedule.schedules import Every, Governed, Schedule
from beat_schedule.schedules.base import LATEST

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
MEGABYTE = 2**20


class Counting(Every):
    """Says how often it is asked."""

    asked = 0

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        Counting.asked += 1
        return super().between(after, until)


class Moody(Every):
    """Raises while it is out of order."""

    is_broken = False

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        if Moody.is_broken:
            raise RuntimeError("no such moon")
        return super().between(after, until)


@pytest.fixture
def moody() -> Iterator[type[Moody]]:
    yield Moody
    Moody.is_broken = False


def roster_of(**schedules: Schedule) -> Roster:
    app = Celery(set_as_current=False)
    roster = Roster(
        {
            key: PeriodicEntry(name=key, task="t", schedule=schedule, app=app)
            for key, schedule in schedules.items()
        }
    )
    roster.begin({key: Standing(NOON, owes=False) for key in schedules}, NOON)
    return roster


def test_entries_on_one_schedule_share_its_arithmetic_within_a_pass():
    roster = roster_of(**{f"number {number}": Counting("1s") for number in range(50)})
    now = NOON + SECOND
    looked_at = roster.take(now)
    Counting.asked = 0

    assert {key: roster.due(key, now) for key in looked_at} == {key: [now] for key in looked_at}

    assert Counting.asked == 1


def test_entries_that_stand_before_the_same_due_time_share_it_and_no_others_do():
    minutely = {f"number {number}": Counting("1m") for number in range(180)}
    roster = roster_of(**minutely)
    roster.take(NOON)
    Counting.asked = 0
    lasts = {key: NOON + number * SECOND for number, key in enumerate(minutely)}

    standings = {key: Standing(last, owes=False) for key, last in lasts.items()}
    roster.go_on(standings, NOON)

    assert Counting.asked == 3
    for key, last in lasts.items():
        assert roster.oldest_due(key) == Every("1m").first(last, LATEST)


def test_entries_come_and_go_while_others_stay():
    roster = roster_of(stays=Every("10s"), goes=Every("10s"))
    app = Celery(set_as_current=False)
    new = PeriodicEntry(name="new", task="of the new", schedule=Every("10s"), app=app)

    roster.change({"goes": None, "new": new})
    roster.go_on({"new": Standing(NOON, owes=False)}, NOON)

    assert set(roster.take(NOON + 10 * SECOND)) == {"stays", "new"}
    assert "goes" not in roster
    assert roster.tasks() == {"stays": "t", "new": "of the new"}
    assert [each.entry for each in roster.declared(["goes", "new"])] == ["new"]


def test_an_entry_that_fails_for_hours_costs_no_more_memory_than_one_pass_needs():
    roster = roster_of(each=Every("1s"))
    tracemalloc.start()
    try:
        for number in range(1, 361):
            now = NOON + number * 10 * SECOND
            roster.take(now)
            assert len(roster.due("each", now)) == 10 * number
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < MEGABYTE


def test_of_what_is_too_late_the_first_come_first_and_of_the_rest_all():
    roster = roster_of(often=Every("1s"))
    now = NOON + DAY

    due = roster.due("often", now)
    assert due == [NOON + number * SECOND for number in range(1, MOST_TOO_LATE + 1)]
    assert may_have_more(due)

    roster["often"].last = now - timedelta(hours=2)
    assert len(roster.due("often", now)) == 7200
    assert not may_have_more(roster.due("often", now))


def test_what_came_due_in_a_day_of_many_entries_is_not_kept_all_at_once():
    spreads = {
        f"later by {seconds} s": Governed(
            Every("1s"), Policy(spread=seconds * SECOND, catch_up_window=DAY)
        )
        for seconds in range(6)
    }
    roster = roster_of(**spreads)
    now = NOON + DAY
    tracemalloc.start()
    try:
        for key in roster.take(now):
            assert len(roster.due(key, now)) >= DAY // SECOND - 6
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 12 * MEGABYTE


def test_what_came_due_while_a_schedule_could_not_say_is_found_when_it_can(moody):
    moody.is_broken = True
    roster = roster_of(moody=moody("1s"))
    assert roster.take(NOON + BROKEN_AGAIN - SECOND) == []

    moody.is_broken = False
    now = NOON + BROKEN_AGAIN

    assert roster.take(now) == ["moody"]
    assert roster.due("moody", now) == [NOON + number * SECOND for number in range(1, 11)]


def test_the_oldest_due_time_of_a_schedule_that_cannot_say_is_as_early_as_it_could_be(moody):
    roster = roster_of(moody=moody("1s"))
    assert roster.oldest_due("moody") == NOON + SECOND

    moody.is_broken = True
    roster.take(NOON + DAY)

    assert roster.oldest_due("moody") == NOON + timedelta(milliseconds=1)
