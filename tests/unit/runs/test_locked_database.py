"""A run whose database is locked: somebody else writes to the SQLite file and does not end."""

import sqlite3
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import event, text

from beat_schedule.runs.gate import Gate, Held
from beat_schedule.runs.verdict import Carried
from beat_schedule.store import engine as engines
from beat_schedule.store.models import Outcome, RunState
from beat_schedule.store.runs import Ending
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


class Guarded:
    """A lock against forks, and a log of what was said without it."""

    def __init__(self):
        self.held = False
        self.unguarded = []

    def __enter__(self):
        self.held = True

    def __exit__(self, *_):
        self.held = False

    def error(self, name, **_):
        if not self.held:
            self.unguarded.append(name)


def test_who_writes_beside_forks_says_nothing_while_a_child_is_forked(sessions, writer, clock):
    """Else the child would find the stream locked, for ever."""
    guarded = Guarded()
    opening = an_opening()
    writer.execute("BEGIN IMMEDIATE")
    clock.on_sleep = lambda: writer.in_transaction and writer.execute("ROLLBACK")

    ending = Ending(outcome=Outcome.LOST, finished_at=clock.now())
    Gate(sessions, clock, guarded, lock=guarded).close(opening, ending)

    assert clock.slept
    assert guarded.unguarded == []


def test_a_failure_that_can_never_be_written_is_told_and_raised(runner, writer, log):
    def lock_it(_):
        writer.execute("BEGIN IMMEDIATE")
        raise ValueError("and fail")

    with pytest.raises(ValueError, match="and fail"):
        runner.carry_out(an_opening(), lock_it)

    assert events(log)[-1] == "run.unrecorded"
    assert log.calls[-1].kwargs["error"] == "ValueError: and fail"


class TimeIsOver:
    """Says once, in the middle of a sleep, that the time of a run is over."""

    def __init__(self):
        self.said = False

    def __call__(self):
        if not self.said:
            self.said = True
            raise SoftTimeLimitExceeded


def test_an_end_is_written_though_the_time_is_over_meanwhile(runner, writer, clock, sessions):
    time_is_over = TimeIsOver()

    def disturb():
        time_is_over()
        writer.execute("ROLLBACK")
        clock.on_sleep = lambda: None

    def lock_it(_):
        writer.execute("BEGIN IMMEDIATE")
        clock.on_sleep = disturb

    opening = an_opening()
    runner.carry_out(opening, lock_it)

    assert row_of(sessions, opening).outcome is Outcome.SUCCEEDED


def test_who_will_be_killed_gives_up_before_and_has_told_everything(runner, writer, clock, log):
    def lock_it(_):
        writer.execute("BEGIN IMMEDIATE")
        raise ValueError("and fail")

    with pytest.raises(ValueError, match="and fail"):
        runner.carry_out(an_opening(), lock_it, within=timedelta(seconds=30))

    assert 10 < sum(clock.slept) <= 18
    delayed = log.calls[1].kwargs
    assert (delayed["event"], delayed["outcome"]) == ("record.delayed", "failed")
    assert delayed["error"] == "ValueError: and fail"
    assert events(log)[-1] == "run.unrecorded"


def test_a_run_whose_time_is_over_at_the_gate_goes_on_in_its_next_delivery(runner, sessions, clock):
    def time_is_over(session):
        # The row is inserted within a savepoint of its own.
        if not session.in_nested_transaction():
            event.remove(sessions, "after_commit", time_is_over)
            raise SoftTimeLimitExceeded

    opening, calls = an_opening(), []
    event.listen(sessions, "after_commit", time_is_over)

    assert isinstance(runner.carry_out(opening, calls.append), Held)
    assert row_of(sessions, opening).state is RunState.WAITING
    assert calls == []
    clock.advance(timedelta(seconds=1))
    verdict = runner.carry_out(replace(opening, token=uuid.uuid4()), lambda _: "at last")

    assert verdict == Carried("at last")


def test_the_context_takes_no_lock_before_the_task_asks(runner, writer):
    def write_meanwhile(_):
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("ROLLBACK")
        return "not in the way"

    assert runner.carry_out(an_opening(), write_meanwhile) == Carried("not in the way")


def test_a_run_that_only_reads_is_in_nobodys_way_and_ends_when_the_lock_is_gone(
    runner, writer, clock, sessions, log
):
    def read(context):
        context.session.scalar(text("SELECT count(*) FROM run"))
        writer.execute("BEGIN IMMEDIATE")
        clock.on_sleep = lambda: writer.in_transaction and writer.execute("ROLLBACK")
        return "read"

    opening = an_opening()

    assert runner.carry_out(opening, read) == Carried("read")
    assert row_of(sessions, opening).outcome is Outcome.SUCCEEDED
    assert events(log) == ["run.started", "record.delayed", "run.succeeded"]
