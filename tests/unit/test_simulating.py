"""How runs come, wait and end, and what an outage makes of due times."""

from datetime import timedelta

import pytest

from beat_schedule.actions import simulating
from beat_schedule.actions.simulating import Outage, share, simulate
from beat_schedule.errors import HookbeatError
from beat_schedule.foresight.calendar import Calendar
from beat_schedule.policies import CatchUp, Overlap, Policy
from beat_schedule.schedules import Every
from tests.foreseen import SINCE, an_entry

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
A_DAY = Calendar(SINCE, SINCE + 24 * HOUR)


def simulated(*entries, took=60.0, slots=None, calendar=A_DAY, **changes):
    durations = took if isinstance(took, dict) else {each.key: [took] for each in entries}
    return simulate(
        entries, calendar, durations=durations, assumed=60.0, slots=slots or {}, **changes
    )


def every(often, key="a", **policy):
    return an_entry(key, Every(often), policy=Policy(**policy))


def test_runs_that_fit_never_wait():
    found = simulated(every("1h"), every("30m", "b"), slots={"default": 2})

    served = found.outcome.queues["default"]
    assert (served.runs, served.most, served.longest_wait, served.left) == (72, 2, 0, 0)
    assert served.busiest == SINCE + HOUR
    assert served.busy == 72 * 60
    assert not found.has_problems


def test_more_at_once_than_there_are_slots_wait_for_each_other():
    found = simulated(
        *(an_entry(f"job{number}", "0 6 * * *") for number in range(4)), slots={"default": 1}
    )

    served = found.outcome.queues["default"]
    assert (served.most, found.wanted["default"]) == (1, 4)
    assert (served.longest_wait, served.longest_key) == (180, "job3")


def test_the_first_priority_goes_first():
    jobs = [an_entry(f"job{number}", "0 6 * * *", priority=9 - number) for number in range(3)]

    # The first that comes finds a free slot; of those that wait the last named goes first.
    found = simulated(*jobs, slots={"default": 1})

    assert found.outcome.queues["default"].longest_key == "job1"


def test_a_due_time_that_meets_a_run_of_its_own_entry_does_not_run():
    found = simulated(every("1h"), took=90 * 60.0)

    assert (found.outcome.runs["a"], found.outcome.overlaps["a"]) == (12, 12)
    assert found.has_problems


def test_under_queue_it_waits_and_under_allow_it_runs_beside():
    waits = simulated(every("1h", overlap=Overlap.QUEUE), took=90 * 60.0)
    beside = simulated(every("1h", overlap=Overlap.ALLOW), took=90 * 60.0)

    assert waits.outcome.queues["default"].left == 8
    assert waits.outcome.queues["default"].most == 1
    assert (beside.outcome.queues["default"].most, beside.outcome.runs["a"]) == (2, 24)


def test_measured_times_are_gone_through_in_their_order():
    found = simulated(every("1h"), took={"a": [60.0, 60.0, 4000.0]})

    # Each third run is so slow that the due time after it is left out.
    assert (found.outcome.runs["a"], found.outcome.overlaps["a"]) == (18, 6)


def test_what_has_not_started_when_it_expires_never_does():
    slow, late = (
        an_entry("a", "0 6 * * *"),
        an_entry("b", "1 6 * * *", policy=Policy(expires=5 * MINUTE)),
    )

    found = simulated(slow, late, took={"a": [600.0]}, slots={"default": 1})

    assert found.outcome.expired["b"] == 1
    assert found.unmeasured == ("b",)


def test_a_queue_that_nobody_takes_keeps_everything():
    found = simulated(an_entry("a", "0 6 * * *"), slots={"default": 0})

    assert found.outcome.queues["default"].left == 1
    assert found.outcome.queues["default"].busiest is None
    assert found.has_problems


NIGHT = Outage(since=SINCE + HOUR, until=SINCE + 5 * HOUR)


@pytest.mark.parametrize(
    ("policy", "became"),
    [
        ({}, (1, 3, 0)),
        ({"catch_up": CatchUp.NONE}, (1, 0, 3)),
        ({"catch_up": CatchUp.ALL, "overlap": Overlap.QUEUE}, (4, 0, 0)),
        ({"catch_up": CatchUp.ALL, "catch_up_limit": 2, "overlap": Overlap.QUEUE}, (3, 0, 1)),
    ],
)
def test_an_outage_ends_as_the_beat_itself_would_decide(policy, became):
    entry = an_entry("a", "0 * * * *", policy=Policy(catch_up_window=24 * HOUR, **policy))

    [missed] = simulated(entry, outage=NIGHT).missed

    # 02:00, 03:00, 04:00, and 05:00 which is on time.
    assert missed.due == 4
    assert (missed.sent, missed.coalesced, missed.lost) == became


def test_what_is_later_than_its_window_is_lost_and_says_so():
    entry = an_entry("a", "30 1 * * *", policy=Policy(catch_up_window=HOUR))

    [missed] = simulated(entry, outage=NIGHT).missed

    assert (missed.due, missed.lost, missed.reason) == (1, 1, "later than its window of 1 hour")


def test_what_an_outage_leaves_comes_all_at_once():
    jobs = [
        an_entry(f"job{number}", "0 2 * * *", policy=Policy(catch_up_window=24 * HOUR))
        for number in range(5)
    ]

    found = simulated(*jobs, outage=NIGHT, slots={"default": 2})

    served = found.outcome.queues["default"]
    assert (served.busiest, found.wanted["default"]) == (NIGHT.until, 5)


def test_what_is_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(simulating, "MOST_RUNS", 100)

    with pytest.raises(HookbeatError, match="take a shorter span"):
        simulated(every("1m"))


def test_half_and_nearly_all():
    assert share([3.0, 1.0, 2.0], 0.5) == 2.0
    assert share([float(number) for number in range(100)], 0.95) == 95.0
