"""Entries that have another key than before: they go on where they stopped."""

from datetime import timedelta

from beat_schedule.decisions import Hold, HoldKind
from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.values import Declared, Owing
from tests.beat_house import clocked_prelude, owing
from tests.unit.dispatch.scripted import DAILY, HOUR, NO_SPREAD, NOON, it_is, lines

NIGHTLY = Declared("nightly", NO_SPREAD, "its schedule", ("daily",))


def holds(state):
    return {hold.target: hold for hold in operator(state).look().holds}


def operator(state):
    return Operator(state.redis, "", clocked_prelude())


def pause(state, target, by="ada"):
    return operator(state).hold(
        Hold(target=target, kind=HoldKind.PAUSED, since=NOON, until=None, by=by, why="", version=0)
    )


def test_an_entry_with_a_new_key_goes_on_where_it_stood_under_the_old_one(state, grant):
    it_is(state, NOON + HOUR)

    assert state.adopt(grant, [NIGHTLY])["nightly"].last == NOON


def test_what_it_owed_it_still_owes_and_nothing_of_it_is_missed(state, grant):
    owes = Owing(NOON, NOON, "no worker knows its task")
    state.advance(grant, NOON, {"daily": owes}, [])

    assert state.adopt(grant, [NIGHTLY])["nightly"].owes
    state.retire(grant, ["nightly"])

    assert owing(state) == {"nightly": owes}
    assert lines(state) == []


def test_who_paused_it_has_it_paused_still(state, grant):
    paused = pause(state, "daily")

    state.adopt(grant, [NIGHTLY])

    held = holds(state)["nightly"]
    assert (held.kind, held.by, held.since) == (HoldKind.PAUSED, "ada", NOON)
    assert held.version > paused.version
    assert [hold.target for hold in state.read(100).holds] == ["daily", "nightly"]


def test_what_is_said_of_the_new_key_already_counts_more(state, grant):
    pause(state, "daily")
    pause(state, "nightly", by="bob")

    state.adopt(grant, [NIGHTLY])

    assert holds(state)["nightly"].by == "bob"


def test_of_a_chain_of_names_the_one_that_was_decided_furthest_counts(state, grant):
    it_is(state, NOON + HOUR)
    state.adopt(grant, [Declared("nightly", NO_SPREAD, "its schedule")])

    chain = Declared("midnight", NO_SPREAD, "its schedule", ("daily", "never", "nightly"))

    assert state.adopt(grant, [chain])["midnight"].last == NOON + HOUR


def test_a_deploy_that_is_taken_back_and_made_again_costs_no_due_time(state, grant):
    state.adopt(grant, [NIGHTLY])
    state.retire(grant, ["nightly"])

    assert state.adopt(grant, [DAILY])["daily"].last == NOON
    state.retire(grant, ["daily"])
    assert state.adopt(grant, [NIGHTLY])["nightly"].last == NOON


def test_with_another_schedule_as_well_it_is_decided_from_the_cursor_on(state, grant):
    state.advance(grant, NOON + HOUR, {}, [])

    changed = Declared("nightly", NO_SPREAD, "another", ("daily",))

    assert state.adopt(grant, [changed])["nightly"].last == NOON + HOUR


def test_a_key_that_was_there_before_learns_nothing_from_its_former_one(state, grant):
    it_is(state, NOON + HOUR)
    state.adopt(grant, [Declared("nightly", timedelta(0), "its schedule")])
    state.advance(grant, NOON + 2 * HOUR, {}, [])

    assert state.adopt(grant, [NIGHTLY])["nightly"].last == NOON + HOUR
