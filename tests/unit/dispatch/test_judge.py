from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule.decisions import Decision
from beat_schedule.dispatch.judge import PORTION, Judgement, Proposal, judge
from beat_schedule.policies import CatchUp, Overlap, Policy
from beat_schedule.schedules import Every, Schedule

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def judged(schedule: Schedule, after: datetime, now: datetime, **policy: object) -> Judgement:
    made = Policy(**{"catch_up_window": DAY, **policy})
    return judge(schedule.between(after, now - made.spread), made, now)


def told(judgement: Judgement) -> list[tuple[str, int]]:
    """What becomes of how many, in order."""
    return [(each.decision or "send", each.count) for each in judgement.proposals]


def test_where_nothing_is_due_nothing_is_proposed():
    assert judge([], Policy(), NOON) == Judgement(())


def test_due_times_that_are_on_time_are_sent_each_by_itself():
    found = judged(Every("1s"), NOON - seconds(3), NOON)

    assert found.proposals == tuple(
        Proposal(due_at, due_at, 1, None) for due_at in (NOON - seconds(2), NOON - seconds(1), NOON)
    )


def test_of_late_ones_the_newest_runs_for_all():
    found = judged(Every("1h"), NOON - 4 * HOUR, NOON + HOUR / 2)

    coalesced, sent = found.proposals
    assert (coalesced.first, coalesced.last) == (NOON - 3 * HOUR, NOON - HOUR)
    assert (coalesced.decision, coalesced.count) == (Decision.COALESCED, 3)
    assert (sent.first, sent.decision, sent.reason) == (NOON, None, "stands for 4")


def test_late_ones_do_not_swallow_those_on_time():
    found = judged(Every("10s"), NOON - seconds(40), NOON, overlap=Overlap.ALLOW)

    assert told(found) == [("coalesced", 1), ("send", 1), ("send", 1), ("send", 1)]


def test_where_no_two_may_run_one_that_is_on_time_stands_for_the_late_ones():
    found = judged(Every("1m"), NOON - seconds(300), NOON + seconds(2))

    coalesced, sent = found.proposals
    assert (coalesced.decision, coalesced.count) == (Decision.COALESCED, 4)
    assert coalesced.reason == "a newer one stands for 5"
    assert (sent.first, sent.decision, sent.reason) == (NOON, None, "stands for 5")


def test_of_several_that_are_on_time_it_is_the_first():
    found = judged(Every("10s"), NOON - seconds(40), NOON)

    assert told(found) == [("coalesced", 2), ("send", 1), ("send", 1)]
    assert found.proposals[1].first == NOON - seconds(10)


def test_without_catching_up_late_ones_are_missed_and_those_on_time_run():
    found = judged(Every("10s"), NOON - seconds(40), NOON, catch_up=CatchUp.NONE)

    assert told(found) == [("missed", 2), ("send", 1), ("send", 1)]


def test_catching_up_all_runs_each_of_the_newest_and_misses_those_beyond():
    found = judged(
        Every("1h"),
        NOON - 10 * HOUR,
        NOON + HOUR / 2,
        catch_up=CatchUp.ALL,
        catch_up_limit=3,
        overlap=Overlap.ALLOW,
    )

    assert told(found) == [("missed", 7), ("send", 1), ("send", 1), ("send", 1)]
    assert found.proposals[0].reason == "beyond the newest 3"


def test_what_is_later_than_its_window_does_not_run_any_more():
    found = judged(Every("1h"), NOON - 30 * HOUR, NOON + HOUR / 2)

    assert told(found) == [("expired", 6), ("coalesced", 23), ("send", 1)]
    assert found.proposals[0].reason == "later than its window of 1 day"


def test_what_has_expired_does_not_run_whatever_its_window_says():
    found = judged(Every("1h"), NOON - 5 * HOUR, NOON + HOUR / 2, expires=2 * HOUR)

    assert told(found) == [("expired", 3), ("coalesced", 1), ("send", 1)]
    assert found.proposals[0].reason == "expired: later than 2 hours"


def test_lateness_counts_from_when_it_was_to_be_sent():
    spread = timedelta(minutes=17)

    found = judged(Every("1h"), NOON - seconds(60), NOON + spread, spread=spread)

    assert told(found) == [("send", 1)]
    assert found.proposals[0].reason == ""


def test_more_than_a_portion_is_left_for_the_next_time():
    found = judged(
        Every("1s"),
        NOON - seconds(90),
        NOON,
        catch_up=CatchUp.ALL,
        overlap=Overlap.ALLOW,
    )

    assert len(found.proposals) == PORTION
    assert found.rest == NOON - seconds(90) + seconds(PORTION + 1)


@pytest.mark.parametrize("catch_up", [CatchUp.ONCE, CatchUp.ALL])
def test_those_that_wait_for_each_other_are_proposed_one_at_a_time(catch_up: CatchUp):
    found = judged(Every("10s"), NOON - seconds(60), NOON, catch_up=catch_up, overlap=Overlap.QUEUE)

    assert told(found)[-1] == ("send", 1)
    assert [word for word, _ in told(found)].count("send") == 1
    assert found.rest is not None
