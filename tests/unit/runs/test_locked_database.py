"""A run whose database is locked: somebody else writes to the SQLite file and does not end."""

import sqlite3

import pytest

from beat_schedule.runs.gate import Held
from beat_schedule.runs.run import Carried
from beat_schedule.store import engine as engines
from beat_schedule.store.models import Outcome
from tests.openings import an_opening
from tests.unit.runs.stories import events, row_of


@pytest.fixture
def database_url(sqlite_url, monkeypatch):
    monkeypatch.setattr(engines, "SQLITE_BUSY_TIMEOUT", 0)
    return sqlite_url


@pytest.fixture
def writer(database_url):
    connection = sqlite3.connect(
        database_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
    )
    yield connection
    connection.close()


def test_a_run_is_held_and_then_given_back_unstarted(runner, writer, clock, log):
    writer.execute("BEGIN IMMEDIATE")
    calls = []

    verdict = runner.carry_out(an_opening(), calls.append)

    assert verdict == Held("database is locked")
    assert calls == []
    assert sum(clock.slept) == pytest.approx(30, abs=5)
    assert events(log)[0] == "run.held"
    assert events(log)[-1] == "run.given_back"


def test_a_run_starts_once_the_lock_is_gone(runner, writer, clock):
    writer.execute("BEGIN IMMEDIATE")
    clock.on_sleep = lambda: writer.in_transaction and writer.execute("ROLLBACK")

    verdict = runner.carry_out(an_opening(), lambda _: "at last")

    assert verdict == Carried("at last")


def test_an_end_that_cannot_be_written_is_tried_again(runner, writer, clock, sessions, log):
    def lock_it(_):
        writer.execute("BEGIN IMMEDIATE")
        clock.on_sleep = lambda: writer.in_transaction and writer.execute("ROLLBACK")

    opening = an_opening()
    runner.carry_out(opening, lock_it)

    assert row_of(sessions, opening).outcome is Outcome.SUCCEEDED
    assert events(log) == ["run.started", "record.delayed", "run.succeeded"]


def test_a_failure_that_can_never_be_written_is_told_and_raised(runner, writer, log):
    def lock_it(_):
        writer.execute("BEGIN IMMEDIATE")
        raise ValueError("and fail")

    with pytest.raises(ValueError, match="and fail"):
        runner.carry_out(an_opening(), lock_it)

    assert events(log)[-1] == "run.unrecorded"
    assert log.calls[-1].kwargs["error"] == "ValueError: and fail"


def test_the_context_takes_no_lock_before_the_task_asks(runner, writer):
    def write_meanwhile(_):
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("ROLLBACK")
        return "not in the way"

    assert runner.carry_out(an_opening(), write_meanwhile) == Carried("not in the way")
