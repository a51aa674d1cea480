"""`hookbeat runs` and `hookbeat logs`: every way a run can end or stand, and its whole story."""

import json

import pytest
from click.testing import CliRunner

from beat_schedule.cli import main
from beat_schedule.store.models import Outcome, Run, RunState
from tests.project import settle
from tests.recorded import (
    ENTRY,
    NOON,
    a_line,
    a_run,
    an_attempt,
    an_event,
    days,
    keep,
    minutes,
)

OTHER = "tasks.sync.pull@all"


@pytest.fixture
def hookbeat(tmp_path, database_url, monkeypatch):
    settle(tmp_path, monkeypatch, database_url=database_url)
    return lambda *words: CliRunner().invoke(main, words)


@pytest.fixture
def told(hookbeat):
    def told(*words):
        done = hookbeat(*words)
        assert done.exit_code == 0, done.output
        return done.output

    return told


@pytest.fixture
def read(told):
    return lambda *words: json.loads(told(*words, "--json"))


STANDING = {
    "succeeded": (a_run(counts={"sent": 3}), "sent 3"),
    "failed": (a_run(outcome=Outcome.FAILED, error="LookupError: gone"), "LookupError: gone"),
    "timed-out": (a_run(outcome=Outcome.TIMED_OUT, reason="it ran too long"), "too long"),
    "lost": (a_run(outcome=Outcome.LOST, reason="no sign of life"), "no sign of life"),
    "skipped": (
        a_run(outcome=Outcome.SKIPPED, attempt=0, reason="feature LOANS is off"),
        "feature LOANS is off",
    ),
    "expired": (
        a_run(outcome=Outcome.EXPIRED, attempt=0, reason="no worker started it in time"),
        "in time",
    ),
    "cancelled": (
        a_run(outcome=Outcome.CANCELLED, attempt=0, reason="cancelled by ada: not today"),
        "cancelled by ada: not today",
    ),
    "running": (a_run(outcome=None, progress_done=42, progress_total=100), "42 of 100"),
    "waiting": (
        a_run(
            outcome=None,
            state=RunState.WAITING,
            not_before=minutes(7),
            failed_count=1,
            reason="LookupError: gone",
        ),
        "goes on at 2026-03-10 12:07:00Z; LookupError: gone",
    ),
}


def a_copy(run):
    """Rows belong to one session."""
    columns = {column.name for column in Run.__table__.columns}
    return Run(**{name: value for name, value in vars(run).items() if name in columns})


@pytest.fixture
def standing(sessions):
    keep(sessions, *[a_copy(run) for run, _ in STANDING.values()])


# Runs


@pytest.mark.usefixtures("standing")
def test_every_way_of_ending_and_of_standing_is_shown(told):
    rows = {line.split()[0]: line for line in told("runs").splitlines()[1:]}

    for way, (run, words) in STANDING.items():
        row = rows[str(run.id)[:8]]
        assert way.replace("-", " ") in row
        assert words in row


@pytest.mark.usefixtures("standing")
@pytest.mark.parametrize("way", STANDING)
def test_runs_are_listed_by_how_they_ended_or_stand(read, told, way):
    [run] = read("runs", "--outcome", way)

    assert run["id"] == str(STANDING[way][0].id)
    shown = told("logs", run["id"])
    assert all(words in shown for words in STANDING[way][1].split("; "))


@pytest.mark.usefixtures("standing")
def test_runs_are_told_to_machines_in_full(read):
    [running] = read("runs", "--outcome", "running")
    [waiting] = read("runs", "--outcome", "waiting")
    [skipped] = read("runs", "--outcome", "skipped")
    both = read("runs", "--outcome", "waiting", "--outcome", "skipped")

    assert running["progress"] == {"done": 42, "total": 100}
    assert (running["started_at"], running["finished_at"]) == (NOON.isoformat(), None)
    assert waiting["not_before"] == minutes(7).isoformat()
    assert (waiting["failed_count"], waiting["lost_count"]) == (1, 0)
    assert (skipped["attempt"], skipped["started_at"]) == (0, None)
    assert {run["id"] for run in both} == {waiting["id"], skipped["id"]}


def test_runs_since_a_time_or_for_a_while_are_listed(sessions, read, hookbeat):
    keep(sessions, a_run(days(0)), a_run(days(2)))

    assert len(read("runs", "--since", "2026-03-11")) == 1
    assert len(read("runs", "--since", "2026-03-01T00:00Z")) == 2
    assert read("runs", "--since", "1h") == []
    assert hookbeat("runs", "--since", "1h").output == "no such run yet\n"
    refused = hookbeat("runs", "--since", "5x")
    assert refused.exit_code == 2
    assert "write 2026-03-10 or 2026-03-10T06:30, or 2h, 7d for so long ago" in refused.output
    assert hookbeat("runs", "--since", "999999d").exit_code == 2


def test_errors_are_grouped_and_their_runs_found(sessions, read, told, hookbeat):
    assert told("runs", "--errors") == "no run has ended with an error\n"
    failed = [
        a_run(minutes(n), Outcome.FAILED, fingerprint="ab12", error=f"LookupError: member {n}")
        for n in range(3)
    ]
    keep(sessions, *failed, a_run(minutes(9), Outcome.FAILED, OTHER, fingerprint="cd34"))

    shown = told("runs", "--errors", "--entry", ENTRY)
    [other, group] = read("runs", "--errors")

    assert "ab12" in shown
    assert "LookupError: member 2" in shown
    assert "cd34" not in shown
    assert (group["fingerprint"], group["count"]) == ("ab12", 3)
    assert group["sample"]["id"] == str(failed[2].id)
    assert other["sample"]["entry"] == OTHER
    assert len(read("runs", "--fingerprint", "ab12")) == 3
    assert hookbeat("runs", "--errors", "--failed").exit_code == 2


# One run


@pytest.fixture
def storied(sessions):
    """A run that failed, was lost, and succeeded."""
    run = a_run(
        minutes(4), attempt=3, worker="celery@two", failed_count=1, lost_count=1, id=STORIED
    )
    keep(
        sessions,
        run,
        an_attempt(run, 1, minutes(0), error="LookupError: gone", traceback="Traceback: gone"),
        an_attempt(run, 2, minutes(1), ending="lost", reason="celery@one gave no sign of life"),
        an_event(run, "taken over", minutes(2), "celery@one gave no sign of life"),
        an_event(run, "sent again", minutes(3)),
        an_event(run, "dropped", minutes(6), "celery@one was handed it once more"),
        a_line(run, 0, "looking for a member", minutes(0)),
        a_line(run, 1, "found one", minutes(4)),
    )


STORIED = a_run().id


@pytest.mark.usefixtures("storied")
def test_the_story_of_every_attempt_is_told_in_its_order(told):
    shown = told("logs", str(STORIED))

    story = [
        "3 (1 failed, 1 lost)",
        "12:00:00Z attempt 1 starts on celery@one",
        "12:00:00Z info     looking for a member",
        "12:00:01Z attempt 1 failed: LookupError: gone",
        "12:01:00Z attempt 2 starts on celery@one",
        "12:01:01Z attempt 2 lost: celery@one gave no sign of life",
        "12:02:00Z taken over: celery@one gave no sign of life",
        "12:03:00Z sent again: no worker had started it",
        "12:04:00Z attempt 3 starts on celery@two",
        "12:04:00Z info     found one",
        "12:04:01Z attempt 3 succeeded",
        "12:06:00Z dropped: celery@one was handed it once more",
        "attempt 1:",
        "Traceback: gone",
    ]
    at = [shown.index(line) for line in story]
    assert at == sorted(at)


@pytest.mark.usefixtures("storied")
def test_the_story_is_told_to_machines(read):
    run = read("logs", str(STORIED))

    assert [(each["number"], each["ending"]) for each in run["attempts"]] == [
        (1, "failed"),
        (2, "lost"),
        (3, "succeeded"),
    ]
    assert run["attempts"][0]["traceback"] == "Traceback: gone"
    assert [each["event"] for each in run["events"]] == ["taken over", "sent again", "dropped"]
    assert [each["text"] for each in run["lines"]] == ["looking for a member", "found one"]


@pytest.mark.usefixtures("storied")
def test_lines_of_a_run_are_searched(read, told):
    assert [line["text"] for line in read("logs", str(STORIED), "--grep", "FOUND")["lines"]] == [
        "found one"
    ]
    assert "looking for" not in told("logs", str(STORIED), "--grep", "found")


def test_a_run_with_one_attempt_has_no_story_to_tell(sessions, told):
    run = a_run(versions={"python": "3.11.7", "project": "4f2c1aa"})
    keep(sessions, run, a_line(run, 0, "said"))

    shown = told("logs", str(run.id))

    assert "attempt 1 starts" not in shown
    assert "said" in shown
    assert "python 3.11.7, project 4f2c1aa" in shown


def test_like_errors_of_attempts_that_follow_each_other_are_shown_once(sessions, told):
    run = a_run(minutes(5), Outcome.FAILED, attempt=3, error="E", traceback="Traceback: same")
    attempts = [
        an_attempt(run, number, minutes(number), traceback="Traceback: same") for number in (1, 2)
    ]
    keep(sessions, run, *attempts)

    assert told("logs", str(run.id)).count("Traceback: same") == 1


# Words in many runs


def test_lines_of_many_runs_are_searched(sessions, read, told, hookbeat):
    runs = [a_run(days(n), entry=entry) for n, entry in enumerate((ENTRY, ENTRY, OTHER))]
    keep(sessions, *runs, *[a_line(run, 0, f"mailed {run.entry}", run.started_at) for run in runs])

    found = read("logs", "--grep", "MAILED", "--entry", ENTRY, "--since", "2026-03-11")

    assert [(each["run"], each["text"]) for each in found] == [(str(runs[1].id), f"mailed {ENTRY}")]
    shown = told("logs", "--grep", "mailed", "--limit", "2")
    assert str(runs[2].id)[:8] in shown
    assert "2026-03-12 12:00:00Z" in shown
    assert str(runs[0].id)[:8] not in shown
    assert told("logs", "--grep", "nothing of it") == "no run has said that\n"
    assert hookbeat("logs").exit_code == 2
    assert hookbeat("logs", str(runs[0].id), "--entry", ENTRY).exit_code == 2


def test_a_run_that_has_ended_is_shown_at_once(sessions, told, read):
    run = a_run()
    keep(sessions, run, a_line(run, 0, "said this"), a_line(run, 1, "and that"))

    shown = told("logs", str(run.id), "--follow", "--grep", "this")

    assert "said this" in shown
    assert "and that" not in shown
    assert shown.endswith("succeeded in 1.00 s\n")
    assert read("logs", str(run.id), "--follow")["outcome"] == "succeeded"
