"""Entries as they are declared now: from where each is decided, and what it owed before."""

from datetime import timedelta

from beat_schedule.decisions import Definition, EntryKind
from beat_schedule.dispatch.values import Declared, Owing
from tests.beat_house import owing
from tests.unit.dispatch.scripted import DAILY, HOUR, NO_SPREAD, NOON, it_is, lines


def test_an_entry_never_seen_starts_now_and_an_old_one_where_it_stood(state, grant):
    it_is(state, NOON + HOUR)

    standings = state.adopt(grant, [DAILY, Declared("new", NO_SPREAD, "x")])

    assert (standings["daily"].last, standings["new"].last) == (NOON, NOON + HOUR)


def test_an_entry_never_seen_starts_at_the_cursor_where_the_clock_went_back_since(state, grant):
    state.advance(grant, NOON + HOUR, {}, [])
    it_is(state, NOON + HOUR / 2)

    standings = state.adopt(grant, [DAILY, Declared("new", NO_SPREAD, "x")])

    assert standings["new"].last == NOON + HOUR


def test_an_entry_that_was_made_before_the_cursor_came_there_owes_what_it_was_due(state, grant):
    made = Definition(key="new", kind=EntryKind.ENTRY, options={"every": "1m"}, version=1, at=NOON)
    state.define([made])
    state.advance(grant, NOON + HOUR, {}, [])

    standing = state.adopt(grant, [Declared("new", NO_SPREAD, "x")])["new"]

    assert (standing.last, standing.owes) == (NOON, True)
    assert owing(state)["new"].due_at == NOON + timedelta(milliseconds=1)


def test_an_entry_on_another_schedule_is_decided_from_the_cursor_on(state, grant):
    state.advance(grant, NOON + HOUR, {}, [])

    standings = state.adopt(grant, [Declared("daily", NO_SPREAD, "another")])

    assert standings["daily"].last == NOON + HOUR


def test_what_an_entry_owed_on_its_old_schedule_is_missed_on_record(state, grant):
    owes = Owing(NOON, NOON, "could not be built")
    state.advance(grant, NOON + HOUR, {"daily": owes}, [])

    standings = state.adopt(grant, [Declared("daily", NO_SPREAD, "another")])

    assert not standings["daily"].owes
    whole = "the schedule was changed: this and what followed"
    assert lines(state) == [("missed", whole, 1)]


def test_a_single_due_time_that_a_retired_entry_owed_is_all_that_is_missed(state, grant):
    owes = Owing(NOON, NOON, "could not be built")
    state.advance(grant, NOON, {"daily": owes}, [])

    state.retire(grant, [])

    assert owing(state) == {}
    assert lines(state) == [("missed", "no longer declared", 1)]


def test_an_entry_that_was_left_out_for_a_while_is_not_due_for_that_while(state, grant):
    state.retire(grant, [])
    state.advance(grant, NOON + HOUR, {}, [])

    assert state.adopt(grant, [DAILY])["daily"].last == NOON + HOUR


def test_of_an_entry_that_nobody_ever_declared_nothing_is_kept(state, grant):
    state.drop(grant, ["never", "daily"])

    assert set(state.redis.hkeys(state.keys.declared)) == {b"daily"}


def test_a_deploy_that_changes_no_schedule_costs_no_due_time(state, grant):
    state.advance(grant, NOON + HOUR, {}, [])

    assert state.adopt(grant, [DAILY])["daily"].last == NOON


def test_an_entry_whose_spread_is_shortened_owes_what_waited_for_the_rest_of_it(state, grant):
    spread = timedelta(minutes=10)
    state.adopt(grant, [Declared("late", spread, "its schedule")])
    state.advance(grant, NOON + HOUR, {}, [])

    standing = state.adopt(grant, [Declared("late", NO_SPREAD, "its schedule")])["late"]

    assert standing.owes
    assert owing(state)["late"].due_at == NOON + HOUR - spread + timedelta(milliseconds=1)


def test_an_entry_on_another_schedule_owes_what_that_was_due_within_the_rest_of_the_old_spread(
    state, grant
):
    spread = timedelta(minutes=10)
    state.adopt(grant, [Declared("late", spread, "its schedule")])
    state.advance(grant, NOON + HOUR, {}, [])

    standing = state.adopt(grant, [Declared("late", NO_SPREAD, "another")])["late"]

    assert (standing.last, standing.owes) == (NOON + HOUR - spread, True)
    assert owing(state)["late"].due_at == standing.last + timedelta(milliseconds=1)
