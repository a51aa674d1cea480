"""How long things stay, and cleaning by hand."""

import json
from datetime import timedelta
from functools import partial

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from beat_schedule.cli import main
from beat_schedule.clock import SystemClock
from beat_schedule.entries import Entry
from beat_schedule.housekeeping import keep_of
from beat_schedule.policies import Log, Policy, RunPolicy
from beat_schedule.schedules import Every
from beat_schedule.settings import Settings
from beat_schedule.store.keeping import DAY
from beat_schedule.store.models import Run
from beat_schedule.translate import load
from tests.project import settle
from tests.recorded import ENTRY, a_run, keep

QUIET = "quiet_hooks"


@pytest.fixture
def ago():
    now = SystemClock().now()
    return lambda days: now - timedelta(days=days)


@pytest.fixture
def left(sessions):
    def left():
        with sessions() as session:
            return set(session.scalars(select(Run.id)))

    return left


# What the settings mean


def an_entry(key, **changes):
    return Entry(
        key=key,
        task="tasks.a",
        schedule=Every("1m"),
        queue="short",
        event="every",
        place="",
        **changes,
    )


def test_the_settings_say_how_long():
    settings = Settings(keep_runs=7, keep_failures=14, keep_per_entry=50, keep_decisions=9)
    found = keep_of(settings, [])

    assert (found.runs, found.failures, found.decisions) == (7 * DAY, 14 * DAY, 9 * DAY)
    assert (found.per_entry, found.least_of_others) == (50, 2 * DAY)


def test_failures_stay_no_shorter_than_other_runs():
    assert keep_of(Settings(keep_runs=200), []).failures == 200 * DAY


def test_what_may_come_once_more_stays_longer_than_that():
    slow = Settings(queues={"slow": 5 * 24 * 3600})
    entries = [
        an_entry("wide", policy=Policy(catch_up_window=30 * DAY)),
        an_entry("quiet", run_policy=RunPolicy(log=Log.FAILURES)),
        an_entry("long", timeout=timedelta(days=1)),
    ]
    found = keep_of(Settings(), entries)

    assert found.least_of("wide") == 31 * DAY
    assert found.least_of("quiet") == found.least_of_others == 3 * DAY
    assert found.brief == {"quiet"}
    assert keep_of(slow, []).least_of("anything") == 11 * DAY


# By hand


@pytest.fixture
def hookbeat(tmp_path, database_url, monkeypatch):
    (tmp_path / f"{QUIET}.py").write_text(
        'scheduler_events = {"daily": {"task": "time.time", "log": "failures"}}'
    )
    settle(tmp_path, monkeypatch, database_url=database_url)
    return partial(CliRunner().invoke, main)


def test_by_hand_it_is_counted_first_and_then_taken(hookbeat, sessions, ago, left):
    old, young = a_run(ago(31)), a_run(ago(29))
    keep(sessions, old, young)

    would = hookbeat(["clean", "--dry-run"])

    nothing = (
        "no decisions, no events, no incidents, no changes, no definitions, no entries, no holds"
    )
    assert would.output == f"would take 1 run, {nothing}\n"
    assert left() == {old.id, young.id}
    assert json.loads(hookbeat(["clean", "--json"]).output) == {
        "dry_run": False,
        "runs": 1,
        "decisions": 0,
        "events": 0,
        "incidents": 0,
        "changes": 0,
        "definitions": 0,
        "holds": 0,
        "entries": 0,
    }
    assert left() == {young.id}
    assert hookbeat(["clean"]).output == f"took no runs, {nothing}\n"


def test_by_hand_entries_that_log_failures_are_known(hookbeat, sessions, ago, left, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_HOOKS", QUIET)
    monkeypatch.setenv("HOOKBEAT_KEEP_RUNS", "365")
    [entry] = load(Settings(hooks=QUIET)).entries
    old, last = a_run(ago(20), entry=entry.key), a_run(ago(10), entry=entry.key)
    keep(sessions, old, last, other := a_run(ago(20), entry=ENTRY.replace("close", "open")))

    assert hookbeat(["clean"]).exit_code == 0

    assert left() == {last.id, other.id}


def test_without_tables_it_says_what_to_do(hookbeat, tmp_path, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")

    done = hookbeat(["clean"])

    assert done.exit_code == 1
    assert "run `hookbeat migrate`" in done.output
