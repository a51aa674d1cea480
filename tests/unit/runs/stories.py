"""What the tests of runs share: questions of the record, and of the log."""

from beat_schedule.runs.call import call_of_function
from beat_schedule.store.models import Run, RunLine
from tests.openings import an_opening


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
