"""What stays on record of an entry that runs all the time, and what of one that rarely does."""

from datetime import timedelta

import pytest
import structlog
from sqlalchemy import func, select

from beat_schedule.entries import Entry, run_id
from beat_schedule.housekeeping import keep_of
from beat_schedule.policies import Log, RunPolicy
from beat_schedule.runs.call import call_of_function
from beat_schedule.runs.run import Runner
from beat_schedule.schedules import Every
from beat_schedule.store.engine import late_writer
from beat_schedule.store.models import Outcome, Run, RunLine
from beat_schedule.store.retention import Cleaning
from tests.openings import an_opening

DAY = timedelta(days=1)


def an_entry(key, log=Log.ALL):
    return Entry(
        key=key,
        task=key,
        schedule=Every("30m"),
        queue="default",
        event="every",
        place="hooks.py",
        run_policy=RunPolicy(log=log),
    )


@pytest.fixture
def runner(settings, sessions, clock):
    log = structlog.wrap_logger(
        structlog.testing.CapturingLogger(), processors=[], wrapper_class=structlog.BoundLogger
    )
    return Runner(settings=settings, sessions=sessions, clock=clock, log=log)


@pytest.fixture
def carry_out(runner, clock):
    """Carry a run of the entry out now; every tenth fails."""

    def carried(entry, number):
        def pull():
            print(f"pulling {number}")  # noqa: T201
            if number % 10 == 0:
                raise LookupError(f"no such page: {number}")

        opening = an_opening(
            run_id=run_id(entry.key, clock.now()),
            entry=entry.key,
            due_at=clock.now(),
            started_at=clock.now(),
        )
        call = call_of_function(pull, (), {})
        if number % 10:
            runner.carry_out(opening, call, policy=entry.run_policy)
        else:
            with pytest.raises(LookupError):
                runner.carry_out(opening, call, policy=entry.run_policy)

    return carried


@pytest.fixture
def clean(settings, sessions, clock):
    def clean(*entries):
        with late_writer(sessions) as session:
            return Cleaning(session, keep_of(settings, entries), clock.now()).clean()

    return clean


@pytest.fixture
def on_record(sessions):
    """How many runs ended so, and how many lines they have."""

    def on_record(entry, outcome):
        with sessions() as session:
            runs = select(Run.id).where(Run.entry == entry.key, Run.outcome == outcome)
            lines = select(func.count()).where(RunLine.run_id.in_(runs))
            return len(session.scalars(runs).all()), session.scalar(lines)

    return on_record


def test_an_entry_that_logs_failures_costs_little_and_hides_none(
    carry_out, clean, clock, on_record
):
    quiet = an_entry("tasks.sync.pull", log=Log.FAILURES)
    for number in range(1, 5 * 48 + 1):
        carry_out(quiet, number)
        clock.advance(timedelta(minutes=30))

    clean(quiet)

    # Those of less than two days: no message of an older one can come any more.
    assert on_record(quiet, Outcome.SUCCEEDED) == (85, 0)
    assert on_record(quiet, Outcome.FAILED) == (24, 24)


def test_its_last_success_stays_however_long_ago_it_was(carry_out, clean, clock, on_record):
    quiet = an_entry("tasks.sync.pull", log=Log.FAILURES)
    carry_out(quiet, 1)
    clock.advance(60 * DAY)
    carry_out(quiet, 10)

    clean(quiet)

    assert on_record(quiet, Outcome.SUCCEEDED) == (1, 0)
    assert on_record(quiet, Outcome.FAILED) == (1, 1)


def test_an_entry_like_any_other_is_on_record_for_a_month_and_its_failures_for_three(
    carry_out, clean, clock, on_record
):
    daily = an_entry("tasks.shop.close")
    for number in range(1, 101):
        carry_out(daily, number)
        clock.advance(DAY)

    clean(daily)

    assert on_record(daily, Outcome.SUCCEEDED) == (26, 26)
    assert on_record(daily, Outcome.FAILED) == (9, 9)
