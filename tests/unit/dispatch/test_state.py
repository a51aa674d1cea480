"""The scripts, on a Redis inside this process."""

from datetime import UTC, datetime, timedelta

import fakeredis
import pytest
from redis.exceptions import ResponseError

from beat_schedule.dispatch.messages import Push
from beat_schedule.dispatch.state import CHUNK, Decision, State

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def redis() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis()


@pytest.fixture
def state(redis: fakeredis.FakeRedis) -> State:
    return State(redis, prefix="")


def decision(entry: str = "daily", queue: str = "default", *, hours: int = 1) -> Decision:
    pushes = [Push("LPUSH", queue, f"{entry} {hours}")]
    return Decision(entry, expected=NOON, last=NOON + hours * HOUR, pushes=pushes)


def test_a_decision_pushes_the_message_and_notes_how_far_it_got(redis, state):
    state.adopt(["daily"], first_seen=NOON)

    assert state.decide([decision()]) == {"daily": "decided"}

    assert redis.lrange("default", 0, -1) == [b"daily 1"]
    assert state.adopt(["daily"], first_seen=NOON) == {"daily": NOON + HOUR}


def test_a_decision_whose_reply_was_lost_is_done_and_not_pushed_again(redis, state):
    state.adopt(["daily"], first_seen=NOON)
    state.decide([decision()])

    assert state.decide([decision()]) == {"daily": "done"}

    assert redis.llen("default") == 1


def test_a_decision_based_on_what_is_no_longer_so_writes_nothing(redis, state):
    state.adopt(["daily"], first_seen=NOON)
    state.decide([decision(hours=1)])

    assert state.decide([decision(hours=2)]) == {"daily": "stale"}

    assert redis.llen("default") == 1


def test_a_queue_of_the_wrong_type_refuses_the_whole_chunk_before_anything_is_written(redis, state):
    redis.set("broken", "no list")
    state.adopt(["good", "bad"], first_seen=NOON)

    with pytest.raises(ResponseError, match="broken is a string, not a queue"):
        state.decide([decision("good"), decision("bad", "broken")])

    assert redis.llen("default") == 0
    assert state.adopt(["good"], first_seen=NOON) == {"good": NOON}


def test_more_entries_than_fit_into_one_script_are_all_decided(redis, state):
    entries = [f"entry {number}" for number in range(2 * CHUNK + 1)]
    state.adopt(entries, first_seen=NOON)

    answers = state.decide([decision(entry) for entry in entries])

    assert answers == dict.fromkeys(entries, "decided")
    assert redis.llen("default") == len(entries)


def test_the_cursor_never_falls(state):
    state.advance(NOON, owing={}, paid=[])

    assert state.advance(NOON - HOUR, owing={}, paid=[]) == NOON
    assert state.cursor() == NOON


def test_what_an_entry_owes_stays_until_it_is_paid(state):
    state.advance(NOON, owing={"one": NOON - HOUR, "other": NOON}, paid=[])
    assert state.owing() == {"one", "other"}

    state.advance(NOON, owing={}, paid=["one"])

    assert state.owing() == {"other"}


def test_a_history_can_begin_in_the_past(state):
    state.start_from(NOON - HOUR, ["daily"])

    assert state.cursor() == NOON - HOUR
    assert state.adopt(["daily"], first_seen=NOON) == {"daily": NOON - HOUR}
