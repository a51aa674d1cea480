"""The task that takes from the record what is old."""

import pytest
from sqlalchemy import select

from beat_schedule import housekeeping
from beat_schedule.store.models import Outcome, Run
from tasks.housekeeping import clean
from tests.recorded import a_run, days, keep
from tests.unit.runs.stories import carry, row_of


@pytest.mark.parametrize("task", [clean, housekeeping.clean], ids=["ours", "anybody's"])
def test_it_takes_what_is_old_and_reports_it(runner, sessions, task):
    old, young = a_run(days(-31)), a_run(days(-29))
    failed = a_run(days(-31), Outcome.FAILED)
    keep(sessions, old, young, failed)

    opening, _ = carry(runner, task)

    with sessions() as session:
        left = set(session.scalars(select(Run.id)))
    row = row_of(sessions, opening)
    assert left == {young.id, failed.id, opening.run_id}
    assert row.outcome is Outcome.SUCCEEDED
    assert row.counts == {"runs": 1, "decisions": 0, "events": 0, "incidents": 0}
