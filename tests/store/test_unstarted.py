"""What was sent and never started, as the beat asks the record for it."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from beat_schedule.decisions import Decision, Repeat
from beat_schedule.policies import Overlap
from beat_schedule.store.endings import close_run, give_back
from beat_schedule.store.engine import Sessions
from beat_schedule.store.gate import open_run
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Outcome, Run, Trigger
from beat_schedule.store.open_runs import MOST
from beat_schedule.store.runs import Ending
from tests.openings import an_opening
from tests.store.decided import ENTRY, NOON, minutes, sent, span


@pytest.fixture
def journal(sessions: Sessions) -> Journal:
    return Journal(sessions)


def start(sessions, line, **more):
    opening = an_opening(run_id=line.run, entry=line.entry, due_at=line.first_due, **more)
    with sessions.begin() as session:
        open_run(session, opening)
    return opening


def end(sessions, opening):
    ending = Ending(outcome=Outcome.SUCCEEDED, finished_at=minutes(1))
    with sessions.begin() as session:
        close_run(session, opening.run_id, opening.token, ending)


def let_wait(sessions, opening, **more):
    ending = Ending(outcome=Outcome.FAILED, finished_at=minutes(1), reason="given back")
    with sessions.begin() as session:
        give_back(session, opening.run_id, opening.token, ending, minutes(5), **more)


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


def test_a_run_that_started_is_sent_again_when_it_waits_and_its_time_has_come(
    sessions: Sessions, journal
):
    journal.keep([sent()], [], None)
    opening = start(sessions, sent(), args=(1, "two"), kwargs={"three": 3})
    assert journal.unstarted(minutes(60), [ENTRY]) == []
    assert journal.waiting(minutes(60), [ENTRY]) == []

    let_wait(sessions, opening)

    assert journal.waiting(minutes(4), [ENTRY]) == []
    assert journal.waiting(minutes(60), ["another"]) == []
    (found,) = journal.waiting(minutes(5), [ENTRY])
    assert (found.entry, found.due_at, found.run) == (ENTRY, NOON, sent().run)
    assert (found.trigger, found.has_slot) == ("schedule", False)
    assert found.repeats == Repeat(args=(1, "two"), kwargs={"three": 3}, retries=1)


def test_what_is_sent_again_is_called_with_what_its_last_attempt_was(sessions: Sessions, journal):
    let_wait(sessions, start(sessions, sent(), args=("first",), kwargs={"page": 1}))
    second = {"args": ("second",), "kwargs": {"page": 2}}
    opening = start(sessions, sent(), started_at=minutes(5), token=uuid.uuid4(), **second)
    let_wait(sessions, opening)

    (found,) = journal.waiting(minutes(5), [ENTRY])
    assert found.repeats == Repeat(args=("second",), kwargs={"page": 2}, retries=2)


def test_what_was_asked_for_by_force_goes_on_by_force(sessions: Sessions, journal):
    let_wait(sessions, start(sessions, sent(), forced=True))

    (found,) = journal.waiting(minutes(5), [ENTRY])
    assert found.repeats.forced


def test_what_sent_its_own_message_is_left_to_that_for_a_while(sessions: Sessions, journal):
    opening = start(sessions, sent())
    let_wait(sessions, opening, has_message=True)

    assert journal.waiting(minutes(5), [ENTRY]) == []
    assert [found.run for found in journal.waiting(minutes(6), [ENTRY])] == [sent().run]


def test_what_was_not_started_in_time_is_closed_as_expired(sessions: Sessions, journal):
    never, waits, later = sent(expires_at=minutes(1)), sent(minutes(1)), sent(minutes(2))
    journal.keep([never, waits, later], [], None)
    let_wait(sessions, start(sessions, waits, expires_at=minutes(6)))

    assert journal.expire(minutes(1), {ENTRY: "tasks.shop.close"}) == 0
    assert journal.expire(minutes(7), {ENTRY: "tasks.shop.close"}) == 2
    assert journal.expire(minutes(8), {}) == 0

    with sessions() as session:
        rows = {row.id: row for row in session.scalars(select(Run))}
    assert {row.outcome for row in rows.values()} == {Outcome.EXPIRED}
    assert rows[never.run].reason == "no worker started it in time"
    assert (rows[never.run].task, rows[never.run].attempt) == ("tasks.shop.close", 0)
    assert [found.run for found in journal.unstarted(minutes(60), [ENTRY])] == [later.run]


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
    # Whether a waiting one is too late is for `expire` to say.
    assert journal.awaited(runs, minutes(5)) == {lines[0].run}


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


def test_a_plain_call_whose_message_does_not_come_back_is_lost(sessions: Sessions, journal):
    call = an_opening(trigger=Trigger.CALL, entry="tasks.shop.close")
    with sessions.begin() as session:
        open_run(session, call)
    let_wait(sessions, call)

    assert journal.abandon(minutes(5), minutes(60), [ENTRY]) == 0
    assert journal.abandon(minutes(6), minutes(60), [ENTRY]) == 1

    with sessions() as session:
        row = session.get(Run, call.run_id)
    assert (row.outcome, row.reason) == (Outcome.LOST, "its message did not come back")
    assert row.finished_at == minutes(60)


def test_what_waits_for_an_entry_that_is_declared_no_more_is_given_up(sessions: Sessions, journal):
    never, waits, declared = sent(), sent(minutes(1)), sent(minutes(2), "another")
    journal.keep([never, waits, declared], [], None)
    let_wait(sessions, start(sessions, waits, overlap=Overlap.SKIP))

    assert journal.abandon(minutes(0), minutes(60), ["another"]) == 0
    assert journal.abandon(minutes(30), minutes(60), [ENTRY, "another"]) == 0
    assert journal.abandon(minutes(30), minutes(60), ["another"]) == 2

    with sessions() as session:
        rows = {row.id: row for row in session.scalars(select(Run))}
    assert {row.reason for row in rows.values()} == {"its entry is declared no more"}
    assert {row.outcome for row in rows.values()} == {Outcome.CANCELLED}
    assert rows[waits.run].slot is None
    assert [each.run for each in journal.unstarted(minutes(60), ["another"])] == [declared.run]
