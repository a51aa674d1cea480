"""The scripts, on a Redis inside this process."""

from datetime import datetime, timedelta

import pytest
from redis.exceptions import ResponseError

from beat_schedule.clock import to_millis
from beat_schedule.decisions import Decision, Hold, HoldKind
from beat_schedule.dispatch.errors import NotLeaderError, WentBackError
from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.pushes import Message, Push
from beat_schedule.dispatch.values import Answer, Candidate, Item, Owing, Word
from beat_schedule.entries import run_id
from beat_schedule.policies import Overlap
from tests.beat_house import clocked_prelude, owing
from tests.unit.dispatch.scripted import DAILY, HOUR, NO_SPREAD, NOON, it_is, lines


def candidate(
    *items: Item, expected: datetime = NOON, overlap: Overlap = Overlap.SKIP, entry: str = "daily"
) -> Candidate:
    return Candidate(entry, expected, NO_SPREAD, overlap, items)


def send(due_at: datetime, queue: str = "default") -> Item:
    message = Message((Push("LPUSH", queue, f"{due_at:%H:%M}"),), queue, 0)
    return Item(due_at, due_at, 1, None, message=message, run=run_of(due_at))


def run_of(due_at: datetime) -> str:
    return str(run_id("daily", due_at))


def test_a_decision_pushes_the_message_writes_its_line_and_notes_how_far_it_got(state, grant):
    it_is(state, NOON + HOUR)
    item = Item(NOON + HOUR, NOON + HOUR, 1, None, message=send(NOON + HOUR).message)

    answers = state.decide(grant, [candidate(item, overlap=Overlap.ALLOW)])

    assert answers == {"daily": Answer(Word.DECIDED, NOON + HOUR, 1)}
    assert state.redis.lrange("default", 0, -1) == [b"13:00"]
    (line,) = state.read(10).decided
    assert (line.entry, line.decision, line.queue) == ("daily", Decision.SENT, "default")
    assert (line.first_due, line.decided_at, line.run) == (NOON + HOUR, NOON + HOUR, None)


def test_a_decision_whose_reply_was_lost_is_done_and_writes_no_second_line(state, grant):
    it_is(state, NOON + HOUR)
    state.decide(grant, [candidate(send(NOON + HOUR))])

    answers = state.decide(grant, [candidate(send(NOON + HOUR))])

    assert answers == {"daily": Answer(Word.DONE, NOON + HOUR, 0)}
    assert state.redis.llen("default") == state.redis.xlen(state.keys.journal) == 1


def test_a_decision_based_on_what_is_no_longer_so_writes_nothing_and_says_what_is(state, grant):
    it_is(state, NOON + 2 * HOUR)
    state.decide(grant, [candidate(send(NOON + HOUR))])

    answers = state.decide(grant, [candidate(send(NOON + 2 * HOUR))])

    assert answers == {"daily": Answer(Word.STALE, NOON + HOUR, 0)}
    assert state.redis.llen("default") == 1


def test_what_is_no_later_than_what_is_decided_is_passed_over(state, grant):
    it_is(state, NOON + HOUR)
    within = timedelta(microseconds=400)
    again = [send(NOON + within), send(NOON + HOUR), send(NOON + HOUR + within)]

    answers = state.decide(grant, [candidate(*again, overlap=Overlap.ALLOW)])
    state.decide(grant, [candidate(again[2], expected=NOON + HOUR, overlap=Overlap.ALLOW)])

    assert answers == {"daily": Answer(Word.DECIDED, NOON + HOUR, 1)}
    assert state.redis.lrange("default", 0, -1) == [b"13:00"]
    assert lines(state) == [("sent", "", 1)]


@pytest.mark.usefixtures("grant")
def test_nothing_is_written_without_the_lease(state):
    it_is(state, NOON + HOUR)
    for call in (
        lambda: state.decide("another", [candidate(send(NOON + HOUR))]),
        lambda: state.advance("another", NOON, {}, []),
        lambda: state.adopt("another", [DAILY]),
        lambda: state.retire("another", []),
        lambda: state.resend("another", "daily", "run", send(NOON).message.pushes),
        lambda: state.clear("another", "daily", "run"),
        lambda: state.drained("another", [b"1-1"]),
        lambda: state.forget("another"),
    ):
        with pytest.raises(NotLeaderError):
            call()

    assert state.redis.llen("default") == 0


def test_nothing_is_sent_before_its_time_by_the_clock_of_redis(state, grant):
    it_is(state, NOON + HOUR)

    answers = state.decide(grant, [candidate(send(NOON + HOUR), send(NOON + 2 * HOUR))])

    assert answers == {"daily": Answer(Word.EARLY, NOON + HOUR, 1)}


def test_while_a_run_waits_the_next_is_skipped_and_the_line_says_for_which(state, grant):
    it_is(state, NOON + 2 * HOUR)

    state.decide(grant, [candidate(send(NOON + HOUR), send(NOON + 2 * HOUR))])

    assert lines(state) == [("sent", "", 1), ("skipped", f"overlap with {run_of(NOON + HOUR)}", 1)]
    assert state.waiting() == {"daily": run_of(NOON + HOUR)}


def test_under_queue_the_next_waits_until_that_run_has_ended(state, grant):
    it_is(state, NOON + 2 * HOUR)
    both = [send(NOON + HOUR), send(NOON + 2 * HOUR)]
    answers = state.decide(grant, [candidate(*both, overlap=Overlap.QUEUE)])
    assert answers == {"daily": Answer(Word.WAITS, NOON + HOUR, 1)}

    state.clear(grant, "daily", run_of(NOON + HOUR))
    later = candidate(send(NOON + 2 * HOUR), expected=NOON + HOUR, overlap=Overlap.QUEUE)

    assert state.decide(grant, [later])["daily"].word is Word.DECIDED


def test_a_run_that_shows_no_sign_of_life_for_fifteen_seconds_is_in_nobodys_way(state, grant):
    it_is(state, NOON + HOUR)
    till = to_millis(NOON + HOUR + timedelta(seconds=15))
    state.redis.hset(state.keys.active, "daily", f"r|older|{till}")
    state.decide(grant, [candidate(send(NOON + HOUR))])
    it_is(state, NOON + 2 * HOUR)

    state.decide(grant, [candidate(send(NOON + 2 * HOUR), expected=NOON + HOUR)])

    assert [decision for decision, *_ in lines(state)] == ["skipped", "sent"]


def test_held_due_times_are_one_span_that_says_by_whom_and_why(state, grant):
    hold = Hold(
        target="daily",
        kind=HoldKind.PAUSED,
        since=NOON,
        until=NOON + 2 * HOUR,
        by="ada",
        why="deploy",
        version=0,
    )
    Operator(state.redis, "", clocked_prelude()).hold(hold)
    it_is(state, NOON + 3 * HOUR)

    state.decide(grant, [candidate(*(send(NOON + hours * HOUR) for hours in (1, 2, 3)))])

    assert lines(state) == [("skipped", "paused by ada: deploy", 2), ("sent", "", 1)]


def test_a_queue_of_the_wrong_type_refuses_the_whole_call_before_anything_is_written(state, grant):
    state.redis.set("broken", "no list")
    it_is(state, NOON + HOUR)

    with pytest.raises(ResponseError, match="broken is a string, not a queue"):
        state.decide(grant, [candidate(send(NOON + HOUR)), candidate(send(NOON, "broken"))])

    assert state.redis.llen("default") == 0


def test_the_cursor_never_falls(state, grant):
    assert state.advance(grant, NOON, {}, []) == NOON

    assert state.advance(grant, NOON - HOUR, {}, []) == NOON


def test_a_leader_whose_redis_lost_its_last_step_is_told_so_and_changes_nothing(state, grant):
    it_is(state, NOON + HOUR)
    state.advance(grant, NOON, {}, [])
    state.redis.hset(state.keys.lease, "step", "the one before")

    for call in (
        lambda: state.decide(grant, [candidate(send(NOON + HOUR))]),
        lambda: state.advance(grant, NOON + HOUR, {}, []),
        lambda: state.adopt(grant, [DAILY]),
        lambda: state.retire(grant, []),
        lambda: state.forget(grant),
    ):
        with pytest.raises(WentBackError):
            call()

    assert state.cursor() == NOON
    assert state.redis.llen("default") == 0


def test_what_an_entry_owes_stays_until_it_is_paid(state, grant):
    owes = Owing(NOON, NOON + HOUR, "why | not")
    state.advance(grant, NOON, {"one": owes, "other": owes}, [])
    assert owing(state) == {"one": owes, "other": owes}

    state.advance(grant, NOON, {}, ["one"])

    assert owing(state) == {"other": owes}


def test_a_lease_is_taken_only_when_it_is_free_or_stood_still(state, grant):
    seen = state.watch("two", "v1", {})
    state.watch("one", "v1", {}, grant)

    assert state.take("two", "v1", seen, "grant of two") is None

    still = state.watch("two", "v1", {})
    assert state.take("two", "v1", still, "grant of two")


def test_a_new_set_of_entries_comes_into_force_at_once_and_an_old_one_when_nobody_carries_it(state):
    state.watch("one", "v1", {})
    assert state.watch("two", "v2", {}).generation == "v2"
    assert state.watch("one", "v1", {}).generation == "v2"

    it_is(state, NOON + timedelta(seconds=11))

    assert state.watch("one", "v1", {}).generation == "v1"


def test_a_message_that_never_started_is_sent_again_and_takes_the_token_only_if_it_is_free(
    state, grant
):
    pushes = send(NOON).message.pushes
    state.resend(grant, "daily", "its run", pushes)

    state.resend(grant, "daily", "another run", pushes)

    assert state.redis.llen("default") == 2
    assert state.waiting() == {"daily": "its run"}
