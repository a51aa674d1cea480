"""The task that takes from the record what is old."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from beat_schedule import housekeeping
from beat_schedule.decisions import Definition, EntryKind
from beat_schedule.store.definitions import define
from beat_schedule.store.models import Outcome, Run
from beat_schedule.store.spent import Once
from tasks.housekeeping import clean
from tests.recorded import NOW, a_run, days, keep
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
    assert row.counts["runs"] == 1
    assert sum(row.counts.values()) == 1


def test_what_an_entry_made_at_run_time_needs_is_kept(sessions, settings):
    options = {"task": "time.time", "every": "1d"}
    said = [
        Definition(key=key, kind=EntryKind.ENTRY, options=each, version=version, at=NOW)
        for version, (key, each) in enumerate(
            {
                "usual": options,
                "late": {**options, "catch_up_window": "19d"},
                "long": {**options, "timeout": "5d"},
                "brief": {**options, "log": "failures"},
            }.items()
        )
    ]
    with sessions.begin() as session:
        define(session, said, by="ada", why="")

    with sessions.begin() as session:
        hookless = settings.model_copy(update={"hooks": ()})
        entries = list(housekeeping.entries_to_keep(session, hookless))

    kept = housekeeping.keep_of(settings, entries)
    assert kept.least_of("late") == timedelta(days=20)
    assert kept.least_of("usual") == timedelta(days=11)
    assert kept.brief == {"brief"}


def test_when_an_entry_that_operators_made_is_due_once_is_known(sessions, settings):
    once = {"task": "time.time", "once": "2026-03-10T06:30", "timezone": "Europe/Paris"}
    said = [
        ("made", EntryKind.ENTRY, once),
        # Of the code's entry it is no end.
        ("code", EntryKind.OVERRIDE, {"once": "2026-03-10T06:30"}),
        ("often", EntryKind.ENTRY, {"task": "time.time", "every": "1d"}),
    ]
    with sessions.begin() as session:
        for version, (key, kind, options) in enumerate(said, start=1):
            each = Definition(key=key, kind=kind, options=options, version=version, at=NOW)
            define(session, [each], by="ada", why="")

    with sessions.begin() as session:
        hookless = settings.model_copy(update={"hooks": ()})
        kept = housekeeping.what_to_keep(session, hookless)

    assert kept.once == {"made": Once(datetime(2026, 3, 10, 5, 30, tzinfo=UTC), 1)}
