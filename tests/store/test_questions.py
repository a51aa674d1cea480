"""Which runs, which attempts, which words, which errors: what people ask of the record."""

import uuid
from datetime import timedelta

import pytest

from beat_schedule.errors import NotFoundError
from beat_schedule.store.alike import errors_alike
from beat_schedule.store.attempts import attempts_of, events_of
from beat_schedule.store.engine import Sessions
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Outcome, RunState
from beat_schedule.store.record import latest_runs, lines_of, run_named
from beat_schedule.store.said import has_words, lines_with
from tests.recorded import ENTRY, NOON, a_line, a_run, an_attempt, an_event, keep, minutes
from tests.store.decided import sent

OTHER = "tasks.sync.pull@all"


# Runs


@pytest.mark.parametrize("outcome", Outcome)
def test_runs_are_found_by_how_they_ended(sessions: Sessions, outcome):
    runs = [a_run(minutes(n), each) for n, each in enumerate(Outcome)]
    keep(sessions, *runs)

    with sessions() as session:
        [found] = latest_runs(session, endings=[outcome])

    assert (found.outcome, found.ending) == (outcome, str(outcome))


def test_runs_are_found_by_how_they_stand(sessions: Sessions):
    waiting = a_run(minutes(1), None, state=RunState.WAITING, not_before=minutes(9))
    running = a_run(minutes(2), None, progress_done=42, progress_total=100)
    keep(sessions, waiting, running, a_run(minutes(3)), a_run(minutes(4), Outcome.LOST))

    with sessions() as session:
        found = latest_runs(session, endings=[RunState.WAITING, Outcome.LOST])
        [under_way] = latest_runs(session, endings=[RunState.RUNNING])

    assert [run.ending for run in found] == ["lost", "waiting"]
    assert found[1].not_before == minutes(9)
    assert (under_way.progress_done, under_way.progress_total) == (42, 100)


def test_runs_are_found_since_a_time_and_by_fingerprint(sessions: Sessions):
    old = a_run(minutes(1), Outcome.FAILED, fingerprint="ab")
    new, other = a_run(minutes(5), Outcome.FAILED, fingerprint="ab"), a_run(minutes(6))
    keep(sessions, old, new, other)

    with sessions() as session:
        since = latest_runs(session, since=minutes(5))
        alike = latest_runs(session, fingerprint="ab")

    assert [run.id for run in since] == [other.id, new.id]
    assert [run.id for run in alike] == [new.id, old.id]


def test_a_run_that_never_started_took_no_time(sessions: Sessions):
    run = a_run(NOON, Outcome.SKIPPED, attempt=0, reason="feature X is off")
    keep(sessions, run)

    with sessions() as session:
        [found] = latest_runs(session)
        attempts = attempts_of(session, found)

    assert (found.has_started, found.took, found.reason) == (False, None, "feature X is off")
    assert attempts == []


def test_a_run_that_was_sent_and_has_not_started_is_told_of(sessions: Sessions):
    line = sent()
    Journal(sessions).keep([line], [], None)
    keep(sessions, an_event(a_run(id=line.run)), an_event(a_run(id=line.run)))

    told = f"run {line.run} of {ENTRY} has not started: .* 2 more times since"
    with sessions() as session, pytest.raises(NotFoundError, match=told):
        run_named(session, str(line.run)[:8])


# Attempts


def test_attempts_are_those_before_and_the_one_that_stands(sessions: Sessions):
    run = a_run(
        minutes(5), Outcome.FAILED, attempt=3, worker="celery@two", error="LookupError: gone"
    )
    first = an_attempt(run, 1, minutes(0), error="LookupError: nothing", traceback="Traceback")
    second = an_attempt(run, 2, minutes(1), ending="lost", reason="no sign of life")
    keep(sessions, run, second, first)

    with sessions() as session:
        found = attempts_of(session, run_named(session, str(run.id)))

    assert [(each.number, each.ending, each.worker) for each in found] == [
        (1, "failed", "celery@one"),
        (2, "lost", "celery@one"),
        (3, "failed", "celery@two"),
    ]
    assert [each.error for each in found] == ["LookupError: nothing", None, "LookupError: gone"]
    assert (found[2].started_at, found[2].ended_at) == (minutes(5), run.finished_at)


def test_a_running_attempt_has_no_end(sessions: Sessions):
    run = a_run(outcome=None)
    keep(sessions, run)

    with sessions() as session:
        [attempt] = attempts_of(session, run_named(session, str(run.id)))

    assert (attempt.ending, attempt.ended_at) == ("running", None)


@pytest.mark.parametrize("attempt", [0, 1])
def test_a_waiting_run_has_no_attempt_but_those_that_ended(sessions: Sessions, attempt):
    run = a_run(outcome=None, state=RunState.WAITING, attempt=attempt)
    ended = [an_attempt(run)] if attempt else []
    keep(sessions, run, *ended)

    with sessions() as session:
        found = attempts_of(session, run_named(session, str(run.id)))

    assert [each.number for each in found] == [1] * attempt


def test_events_of_a_run_come_in_order_and_of_no_other(sessions: Sessions):
    run, other = a_run(), a_run()
    keep(
        sessions,
        run,
        an_event(run, "taken over", minutes(2)),
        an_event(run, "sent again", minutes(1)),
        an_event(other, "dropped", minutes(0)),
    )

    with sessions() as session:
        found = events_of(session, run.id)

    assert [each.event for each in found] == ["sent again", "taken over"]


# Words


def test_lines_after_one_are_the_rest(sessions: Sessions):
    run = a_run()
    keep(sessions, run, *[a_line(run, n, f"line {n}") for n in range(4)])

    with sessions() as session:
        assert [line.text for line in lines_of(session, run.id, after=1)] == ["line 2", "line 3"]


def test_words_are_found_in_the_lines_of_many_runs_the_newest_last(sessions: Sessions):
    runs = [a_run(minutes(n)) for n in range(3)]
    lines = [a_line(run, n, f"Sent {run.id} {n}") for run in runs for n in range(2)]
    keep(sessions, *runs, *lines, *[a_line(run, 9, "nothing") for run in runs])

    with sessions() as session:
        found = lines_with(session, "sent", limit=3)

    assert [(each.run, each.line.text[-1]) for each in found] == [
        (runs[1].id, "1"),
        (runs[2].id, "0"),
        (runs[2].id, "1"),
    ]


def test_words_are_looked_for_in_an_entry_and_since_a_time(sessions: Sessions):
    old, new, other = a_run(minutes(0)), a_run(minutes(5)), a_run(minutes(6), entry=OTHER)
    keep(sessions, old, new, other, *[a_line(run, 0, "sent") for run in (old, new, other)])

    with sessions() as session:
        of_entry = lines_with(session, "sent", entry=ENTRY)
        since = lines_with(session, "sent", since=minutes(5))

    assert [each.run for each in of_entry] == [old.id, new.id]
    assert [(each.run, each.entry) for each in since] == [(new.id, ENTRY), (other.id, OTHER)]


def test_signs_of_patterns_are_words_like_others(sessions: Sessions):
    run = a_run()
    keep(sessions, run, a_line(run, 0, "100 % done_"), a_line(run, 1, "1000 done"))

    with sessions() as session:
        assert [each.line.text for each in lines_with(session, "0 % d")] == ["100 % done_"]
        assert [each.line.text for each in lines_with(session, "done_")] == ["100 % done_"]
        [line, other] = lines_of(session, run.id)

    assert (has_words(line, "DONE_"), has_words(other, "done_")) == (True, False)


# Errors


def test_errors_that_are_alike_are_counted_together(sessions: Sessions):
    many = [
        a_run(minutes(n), Outcome.FAILED, fingerprint="aa", error=f"LookupError: {n}")
        for n in range(3)
    ]
    late = a_run(minutes(9), Outcome.TIMED_OUT, entry=OTHER, fingerprint="bb")
    keep(sessions, *many, late, a_run(minutes(10)))

    with sessions() as session:
        [newest, group] = errors_alike(session)

    assert (newest.fingerprint, newest.count, newest.sample.id) == ("bb", 1, late.id)
    assert (group.fingerprint, group.count) == ("aa", 3)
    second = timedelta(seconds=1)
    assert (group.first_at, group.last_at) == (minutes(0) + second, minutes(2) + second)
    assert group.sample.error == "LookupError: 2"


def test_errors_are_bounded_by_entry_by_time_and_by_number(sessions: Sessions):
    keep(
        sessions,
        a_run(minutes(0), Outcome.FAILED, fingerprint="aa"),
        a_run(minutes(1), Outcome.FAILED, fingerprint="bb", entry=OTHER),
        a_run(minutes(2), Outcome.FAILED, fingerprint="aa", entry=OTHER),
    )

    with sessions() as session:
        of_entry = errors_alike(session, entry=ENTRY)
        since = errors_alike(session, since=minutes(1))
        one = errors_alike(session, limit=1)

    assert [(each.fingerprint, each.count, each.sample.entry) for each in of_entry] == [
        ("aa", 1, ENTRY)
    ]
    assert [(each.fingerprint, each.count) for each in since] == [("aa", 1), ("bb", 1)]
    assert [each.fingerprint for each in one] == ["aa"]


def test_no_error_is_no_group(sessions: Sessions):
    keep(sessions, a_run(), a_run(outcome=Outcome.SKIPPED))

    with sessions() as session:
        assert errors_alike(session) == []
        assert lines_with(session, "anything") == []
        with pytest.raises(NotFoundError, match="no run's id begins"):
            run_named(session, str(uuid.uuid4()))
