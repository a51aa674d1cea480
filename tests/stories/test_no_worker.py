"""Ten minutes without a worker: the queue does not fill, and the record says why nothing ran."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from beat_schedule.decisions import Decision
from beat_schedule.dispatch.drain import Drain
from beat_schedule.policies import Policy
from beat_schedule.schedules import Every, Governed
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Occurrence
from beat_schedule.tokens import Tokens
from tests.beat_house import clocked_prelude

SECOND = timedelta(seconds=1)
OUTAGE = timedelta(minutes=10)


@pytest.fixture
def leader(beat):
    """A beat with an entry every second, whose runs do not overlap."""
    return beat.start(pull={"schedule": Governed(Every("1s"), Policy())})


@pytest.fixture
def pass_by(beat, leader):
    """Let the time pass, with a pass each second."""

    def pass_by(time):
        for _ in range(time // SECOND):
            beat.clock.advance(SECOND)
            leader.make()

    return pass_by


@pytest.fixture
def recorded(leader, sessions, clock):
    """What the record says, oldest first, after what is in the journal was written into it."""

    def recorded():
        Drain(leader.state, Journal(sessions), leader.lease, clock).drain()
        with sessions() as session:
            return list(session.scalars(select(Occurrence).order_by(Occurrence.first_due)))

    return recorded


def test_an_outage_of_all_workers_leaves_one_message_and_says_of_each_due_time_why(
    beat, leader, pass_by, recorded
):
    first = beat.clock.now() + SECOND
    leader.make()

    pass_by(OUTAGE)

    [(entry, due_at)] = beat.sent()
    assert (entry, due_at) == ("pull", first)
    sent, skipped = recorded()
    assert (sent.decision, sent.first_due) == (Decision.SENT, first)
    assert (skipped.decision, skipped.reason) == (Decision.SKIPPED, f"overlap with {sent.run}")
    # Like ones in a row are one row, with their number.
    assert (skipped.first_due, skipped.last_due) == (first + SECOND, first + 599 * SECOND)
    assert skipped.count == 599


def test_the_worker_that_comes_back_runs_it_and_the_next_due_time_is_sent(
    beat, leader, pass_by, recorded
):
    leader.make()
    pass_by(OUTAGE)
    [message] = beat.messages()
    run = uuid.UUID(message["headers"]["hookbeat_run"])
    tokens = Tokens(beat.redis, "test:", clocked_prelude())
    beat.redis.delete("test:celery")

    tokens.start("pull", run)
    pass_by(3 * SECOND)
    assert beat.sent() == []
    tokens.end("pull", run)
    pass_by(SECOND)

    assert beat.sent() == [("pull", beat.clock.now())]
    assert [each.decision for each in recorded()[-2:]] == [Decision.SKIPPED, Decision.SENT]
