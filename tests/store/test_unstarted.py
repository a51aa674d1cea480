"""What was sent and never started, as the beat asks the record for it."""

import uuid
from datetime import timedelta

import pytest

from beat_schedule.decisions import Decision
from beat_schedule.store.engine import Sessions
from beat_schedule.store.journal import FORGOTTEN_AFTER, MOST, Journal
from beat_schedule.store.models import Outcome
from beat_schedule.store.runs import Ending, close_run, open_run, set_waiting
from tests.openings import an_opening
from tests.store.decided import ENTRY, NOON, minutes, sent, span


@pytest.fixture
def journal(sessions: Sessions) -> Journal:
    return Journal(sessions)


def start(sessions, line):
    opening = an_opening(run_id=line.run, entry=line.entry, due_at=line.first_due)
    with sessions.begin() as session:
        open_run(session, opening)
    return opening


def end(sessions, opening):
    ending = Ending(outcome=Outcome.SUCCEEDED, finished_at=minutes(1))
    with sessions.begin() as session:
        close_run(session, opening.run_id, opening.token, ending)


def let_wait(sessions, opening):
    with sessions.begin() as session:
        set_waiting(
            session, opening.run_id, opening.token, reason="given back", not_before=minutes(5)
        )


def test_what_was_sent_and_has_no_row_is_found_once_it_is_old_enough(journal):
    line = sent(step=3, queue="mails", expires_at=minutes(60))
    journal.keep([line], [], None)

    assert journal.unstarted(line.decided_at, [ENTRY]) == []
    [found] = journal.unstarted(minutes(1), [ENTRY])

    assert (found.entry, found.due_at, found.run) == (ENTRY, NOON, line.run)
    assert (found.queue, found.step) == ("mails", 3)
    assert (found.decided_at, found.expires_at) == (line.decided_at, line.expires_at)


def test_only_what_was_sent_to_workers_of_ours_is_waited_for(journal):
    untracked = sent(minutes(-1), run=None)

    journal.keep([untracked, span(0, 3, Decision.SKIPPED)], [], None)

    assert journal.unstarted(minutes(60), [ENTRY]) == []


def test_sent_in_place_of_another_decision_is_waited_for(journal):
    journal.keep([span(0, 0, Decision.SKIPPED)], [], None)
    journal.keep([sent()], [], None)

    assert [found.run for found in journal.unstarted(minutes(1), [ENTRY])] == [sent().run]


def test_a_run_that_started_is_waited_for_again_when_it_waits(sessions: Sessions, journal):
    journal.keep([sent()], [], None)
    opening = start(sessions, sent())
    assert journal.unstarted(minutes(60), [ENTRY]) == []

    let_wait(sessions, opening)

    assert [found.run for found in journal.unstarted(minutes(60), [ENTRY])] == [sent().run]
    assert journal.unstarted(NOON, [ENTRY]) == []


def test_what_expired_long_ago_is_forgotten(journal):
    journal.keep([sent(expires_at=minutes(1)), sent(minutes(1))], [], None)

    assert len(journal.unstarted(minutes(60), [ENTRY])) == 2
    late = minutes(1) + FORGOTTEN_AFTER
    assert [found.due_at for found in journal.unstarted(late, [ENTRY])] == [minutes(1)]


def test_of_very_many_the_oldest_come_first(journal):
    seconds = [NOON + timedelta(seconds=number) for number in range(MOST + 100)]
    journal.keep([sent(due_at) for due_at in reversed(seconds)], [], None)

    found = journal.unstarted(minutes(60), [ENTRY])

    assert [one.due_at for one in found] == seconds[:MOST]


def test_what_other_entries_sent_is_in_nobodys_way(journal):
    gone = "tasks.gone@daily"
    seconds = [NOON + timedelta(seconds=number) for number in range(MOST)]
    journal.keep([sent(due_at, gone) for due_at in seconds], [], None)
    journal.keep([sent(minutes(30))], [], None)

    found = journal.unstarted(minutes(60), [f"entry {number}" for number in range(3000)] + [ENTRY])

    assert [one.entry for one in found] == [ENTRY]


def test_of_very_many_runs_all_that_may_still_start_are_awaited(sessions: Sessions, journal):
    lines = [sent(NOON + timedelta(seconds=number)) for number in range(2 * MOST)]
    journal.keep(lines, [], None)
    runs = {line.run for line in lines}

    assert journal.awaited([*runs, uuid.uuid4()], NOON) == runs

    start(sessions, lines[0])
    let_wait(sessions, start(sessions, lines[1]))
    end(sessions, start(sessions, lines[2]))

    assert journal.awaited(runs, NOON) == runs - {lines[0].run, lines[2].run}


def test_what_has_expired_is_awaited_no_more(sessions: Sessions, journal):
    lines = [sent(due_at, expires_at=minutes(5)) for due_at in (NOON, minutes(1))]
    journal.keep(lines, [], None)
    let_wait(sessions, start(sessions, lines[0]))
    runs = {line.run for line in lines}

    assert journal.awaited(runs, minutes(4)) == runs
    assert journal.awaited(runs, minutes(5)) == set()


def test_runs_that_ended_are_settled_and_no_others(sessions: Sessions, journal):
    ended, running = sent(), sent(minutes(1))
    end(sessions, start(sessions, ended))
    start(sessions, running)
    unknown = [uuid.uuid4() for _ in range(3000)]

    assert journal.settled([running.run, *unknown, ended.run]) == {ended.run}
    assert journal.settled([]) == set()


def test_what_was_sent_by_a_clock_that_was_ahead_is_not_taken_for_new(journal):
    line = sent()
    journal.keep([line], [], None)

    [found] = journal.unstarted(line.decided_at - timedelta(hours=1), [ENTRY])

    assert found.run == line.run
