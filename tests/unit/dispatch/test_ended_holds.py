"""Holds that are over go, as soon as nobody needs them to know what was held."""

from collections.abc import Callable
from datetime import datetime

import pytest

from beat_schedule.decisions import EVERYTHING, Hold
from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.state import State
from beat_schedule.dispatch.values import Declared, Owing
from tests.beat_house import clocked_prelude
from tests.holds import a_pause
from tests.unit.dispatch.scripted import HOUR, NO_SPREAD, NOON, it_is

LATER = NOON + 2 * HOUR


@pytest.fixture
def hold(state: State) -> Callable[..., Hold]:
    """Hold a target until then."""

    def hold(target: str = EVERYTHING, *, until: datetime | None = NOON + HOUR) -> Hold:
        paused = a_pause(target, since=NOON, until=until, version=0)
        return Operator(state.redis, "", clocked_prelude()).hold(paused)

    return hold


@pytest.fixture
def advance(state: State, grant: str) -> Callable[..., None]:
    """Move the cursor beyond the end of the holds, with this owed."""

    def advance(**owing: Owing) -> None:
        it_is(state, LATER)
        state.advance(grant, LATER, owing, [])

    return advance


def drain(state: State, grant: str) -> None:
    state.drained(grant, state.read(100).ids)


def held(state: State) -> set[str]:
    return {target.decode() for target in state.redis.hkeys(state.keys.hold)}


def a_line(state: State, grant: str, name: str) -> None:
    """Something else in the journal."""
    owed = {name: Owing(NOON, NOON, "could not be built")}
    state.adopt(grant, [Declared(name, NO_SPREAD, "one")])
    state.advance(grant, NOON, owed, [])
    state.adopt(grant, [Declared(name, NO_SPREAD, "another")])
    assert state.read(100).decided


def test_one_goes_although_the_journal_is_never_empty(state, grant, hold, advance):
    hold()
    drain(state, grant)
    a_line(state, grant, "busy")

    advance()

    assert held(state) == set()


@pytest.mark.parametrize("before", [[], [None]], ids=["it", "its change"])
def test_one_stays_until_it_is_in_the_record(state, grant, hold, advance, before):
    for until in before:
        hold(until=until)
        drain(state, grant)
    hold()
    advance()
    assert held(state) == {EVERYTHING}

    drain(state, grant)
    advance()

    assert held(state) == set()


def test_one_stays_while_it_speaks_of_what_is_owed(state, grant, hold, advance):
    hold()
    drain(state, grant)

    advance(daily=Owing(NOON + HOUR, LATER, "could not be built"))

    assert held(state) == {EVERYTHING}


def test_one_goes_although_something_is_owed_that_came_due_later(state, grant, hold, advance):
    hold()
    drain(state, grant)

    advance(daily=Owing(NOON + 1.5 * HOUR, LATER, "could not be built"))

    assert held(state) == set()


def test_others_stay(state, grant, hold, advance):
    hold("daily", until=None)
    hold("other", until=LATER)
    hold("over")
    drain(state, grant)

    advance()

    assert held(state) == {"daily", "other"}
