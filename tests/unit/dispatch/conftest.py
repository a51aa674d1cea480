"""The scripts, on a Redis inside this process whose time the test says."""

import fakeredis
import pytest

from beat_schedule.dispatch.state import State
from tests.beat_house import clocked_prelude
from tests.unit.dispatch.scripted import DAILY, NOON, it_is


@pytest.fixture
def redis() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis()


@pytest.fixture
def state(redis: fakeredis.FakeRedis) -> State:
    state = State(redis, "", clocked_prelude())
    it_is(state, NOON)
    return state


@pytest.fixture
def grant(state: State) -> str:
    seen = state.watch("one", "v1", {})
    assert state.take("one", "v1", seen, "grant")
    state.adopt("grant", [DAILY])
    return "grant"
