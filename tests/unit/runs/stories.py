"""What the tests of runs share: openings with defaults, and questions of the record."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

from beat_schedule.runs.call import call_of_function
from beat_schedule.store.models import Run, RunLine, Trigger
from beat_schedule.store.runs import Opening

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class NoMailer:
    def __init__(self, _settings):
        self.closed = False


def an_opening(**changes):
    opening = Opening(
        run_id=uuid.uuid4(),
        token=uuid.uuid4(),
        entry="tasks.shop.close@daily",
        task="tasks.shop.close",
        due_at=NOON,
        trigger=Trigger.SCHEDULE,
        queue="default",
        worker="here",
        started_at=NOON,
    )
    return replace(opening, **changes)


def events(log):
    return [call.kwargs["event"] for call in log.calls]


def row_of(sessions, opening):
    with sessions() as session:
        return session.get_one(Run, opening.run_id)


def lines_of(sessions, opening):
    with sessions() as session:
        rows = session.query(RunLine).filter_by(run_id=opening.run_id).order_by(RunLine.number)
        return [(line.level, line.text) for line in rows]


def carry(runner, function, **changes):
    opening = an_opening(**changes)
    return opening, runner.carry_out(
        opening, call_of_function(function, opening.args, opening.kwargs)
    )
