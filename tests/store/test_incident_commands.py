"""`hookbeat incidents`, on both databases."""

import json
import uuid
from dataclasses import replace

import pytest
from click.testing import CliRunner

from beat_schedule.cli import main
from beat_schedule.incidents import Incident, IncidentKind
from beat_schedule.store.incidents import Incidents
from tests.project import settle
from tests.store.decided import NOON, minutes

RUN = uuid.UUID("1f3c9a2e-7b61-5d0b-9f3f-0f6f5f9f8f11")


@pytest.fixture
def hookbeat(tmp_path, database_url, monkeypatch):
    settle(tmp_path, monkeypatch, database_url=database_url)
    return lambda *words: CliRunner().invoke(main, words)


@pytest.fixture
def record(sessions):
    record = Incidents(sessions)
    failing = Incident(
        entry="close",
        kind=IncidentKind.FAILING,
        began_at=NOON,
        reason="its last run failed: ValueError: no",
        run=RUN,
    )
    record.begin(failing)
    record.begin(replace(failing, entry="open", kind=IncidentKind.MISSED, run=None))
    return record


def end(record, entry):
    [incident] = [each for each in record.open() if each.entry == entry]
    record.told(incident, minutes(1))
    record.end(incident, minutes(5))


def test_what_is_wrong_is_listed_and_is_a_problem(hookbeat, record):
    end(record, "open")

    told = hookbeat("incidents")

    assert told.exit_code == 1
    assert "close" in told.output
    assert "failing" in told.output
    assert "2026-03-10 12:00:00Z" in told.output
    assert "1f3c9a2e" in told.output
    assert "its last run failed: ValueError: no" in told.output
    assert "missed" not in told.output


def test_what_is_over_is_listed_when_it_is_asked_for(hookbeat, record):
    end(record, "open")

    told = hookbeat("incidents", "--all", "--json")

    assert told.exit_code == 1
    over, still = json.loads(told.output)
    assert over == {
        "entry": "open",
        "kind": "missed",
        "began_at": NOON.isoformat(),
        "reason": "its last run failed: ValueError: no",
        "run": None,
        "told_at": minutes(1).isoformat(),
        "ended_at": minutes(5).isoformat(),
        "ended_told_at": None,
    }
    assert (still["entry"], still["run"], still["ended_at"]) == ("close", str(RUN), None)


def test_when_all_is_over_it_is_no_problem(hookbeat, record):
    end(record, "open")
    end(record, "close")

    assert (hookbeat("incidents").exit_code, hookbeat("incidents").output) == (
        0,
        "nothing is wrong\n",
    )
    listed = hookbeat("incidents", "--all", "--limit", "1")
    assert listed.exit_code == 0
    assert "open" in listed.output
    assert "close" not in listed.output


def test_without_any_it_says_so(hookbeat):
    told = hookbeat("incidents", "--all")

    assert (told.exit_code, told.output) == (0, "nothing ever was wrong\n")
    assert json.loads(hookbeat("incidents", "--json").output) == []
