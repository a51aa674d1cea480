"""Of watched entries: how their last runs ended, and what became of their due times."""

import re
import uuid

import pytest
from sqlalchemy import event

from beat_schedule.decisions import Checkpoint, Decision, Hold, HoldKind, Owed
from beat_schedule.incidents import End, Expected
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.incidents import Incidents
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Outcome, Run, RunState, Trigger
from tests.store.decided import ENTRY, NOON, minutes, run_of, sent, span

OTHER = "tasks.shop.open@daily"


@pytest.fixture
def journal(sessions: Sessions) -> Journal:
    return Journal(sessions)


@pytest.fixture
def incidents(sessions: Sessions) -> Incidents:
    return Incidents(sessions)


@pytest.fixture
def ran(sessions: Sessions):
    """Puts a run on record, due and finished so many minutes after noon."""

    def put(due, outcome=None, *, finished=None, state=RunState.ENDED, entry=ENTRY, **more):
        run = run_of(entry, minutes(due))
        ended = {"finished_at": minutes(due if finished is None else finished)} if outcome else {}
        row = Run(
            id=run,
            entry=entry,
            task=entry.partition("@")[0],
            due_at=minutes(due),
            trigger=Trigger.SCHEDULE,
            queue="default",
            state=state,
            outcome=outcome,
            attempt=1,
            attempt_token=uuid.uuid4(),
            started_at=minutes(due),
            worker="celery@here",
            args=[],
            kwargs={},
            counts={},
            **ended | more,
        )
        with sessions.begin() as session:
            session.add(row)
        return run

    return put


def test_the_last_ends_of_an_entry_come_last_first_and_no_more_than_asked_for(incidents, ran):
    ran(0, Outcome.SUCCEEDED)
    ran(1, Outcome.FAILED, error="ValueError: no")
    late = ran(2, Outcome.TIMED_OUT, finished=9, reason="it ran too long", error="Soft()")
    lost = ran(3, Outcome.LOST, finished=4, reason="killed")
    ran(4, Outcome.FAILED, entry=OTHER)

    assert incidents.ends({ENTRY: 2, "tasks.other@daily": 3}) == {
        ENTRY: [
            End(run=late, ended_at=minutes(9), succeeded=False, reason="it ran too long"),
            End(run=lost, ended_at=minutes(4), succeeded=False, reason="killed"),
        ]
    }


def test_what_never_called_its_task_is_no_end(incidents, ran):
    failed = ran(0, Outcome.FAILED, error="ValueError: no")
    for due, outcome in enumerate((Outcome.SKIPPED, Outcome.EXPIRED, Outcome.CANCELLED), start=1):
        ran(due, outcome, reason="somebody said so")
    ran(5, state=RunState.RUNNING)

    [end] = incidents.ends({ENTRY: 3})[ENTRY]

    assert (end.run, end.reason) == (failed, "ValueError: no")


def test_hundreds_of_entries_are_asked_for_at_once(incidents, ran):
    entries = [f"tasks.number_{number}@daily" for number in range(250)]
    for entry in entries[::100]:
        ran(0, Outcome.SUCCEEDED, entry=entry)

    assert incidents.ends(dict.fromkeys(entries, 1)).keys() == set(entries[::100])
    assert incidents.successes(dict.fromkeys(entries, NOON)).keys() == set(entries[::100])
    assert incidents.expected(dict.fromkeys(entries, NOON)) == {}
    assert incidents.ends({}) == {}


def test_a_success_counts_for_what_was_due_no_later_than_it(incidents, ran):
    ran(0, Outcome.SUCCEEDED)
    ran(1, Outcome.FAILED)

    assert incidents.successes({ENTRY: minutes(1)}) == {}
    assert incidents.successes({ENTRY: minutes(0)})[ENTRY].succeeded


def test_the_newest_due_time_that_is_old_enough_is_expected(incidents, journal):
    journal.keep([sent(minutes(each)) for each in range(3)], [], None)

    assert incidents.expected({ENTRY: minutes(1), OTHER: minutes(1)}) == {
        ENTRY: Expected(
            due_at=minutes(1),
            reason="it was sent, and no worker started it",
            run=run_of(ENTRY, minutes(1)),
        )
    }
    assert incidents.expected({ENTRY: minutes(-1)}) == {}


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (
            {"outcome": Outcome.FAILED, "error": "ValueError: no\n"},
            "its run failed: ValueError: no",
        ),
        (
            {"outcome": Outcome.TIMED_OUT, "reason": "too long", "error": "Soft()"},
            "its run timed out: too long",
        ),
        ({"outcome": Outcome.LOST, "reason": "killed"}, "its run was lost: killed"),
        ({"outcome": Outcome.EXPIRED, "reason": "too late"}, "its run expired: too late"),
        (
            {"outcome": Outcome.SKIPPED, "reason": "overlap with 1f3c"},
            "its run was skipped: overlap with 1f3c",
        ),
        (
            {"state": RunState.RUNNING},
            "its run is under way on celery@here since 2026-03-10 12:00:00Z",
        ),
        (
            {"state": RunState.WAITING, "reason": "given back"},
            "its run waits for its next attempt: given back",
        ),
    ],
)
def test_what_became_of_the_run_is_said(incidents, journal, ran, run, reason):
    journal.keep([sent()], [], None)
    ran(0, **run)

    assert incidents.expected({ENTRY: NOON})[ENTRY].reason == reason


@pytest.mark.parametrize(
    ("decision", "reason", "said"),
    [
        (Decision.SKIPPED, "overlap with 1f3c", "it was skipped: overlap with 1f3c"),
        (Decision.MISSED, "nobody looked in time", "it was missed: nobody looked in time"),
        (Decision.EXPIRED, "later than 5m", "it was expired: later than 5m"),
        (Decision.ERROR, "no JSON", "it could not be sent: no JSON"),
    ],
)
def test_what_was_decided_instead_is_said(incidents, journal, decision, reason, said):
    journal.keep([span(0, 0, decision, reason=reason)], [], None)

    assert incidents.expected({ENTRY: NOON})[ENTRY].reason == said


def test_of_what_was_skipped_the_run_is_named_that_was_in_its_way(incidents, journal):
    run = run_of(ENTRY, NOON)
    reason = f"overlap with {run}"
    journal.keep([span(1, 1, Decision.SKIPPED, reason=reason)], [], None)

    assert incidents.expected({ENTRY: minutes(1)})[ENTRY] == Expected(
        due_at=minutes(1), reason=f"it was skipped: {reason}", run=run
    )


def test_what_somebody_held_back_is_not_expected(incidents, journal, ran):
    journal.keep(
        [
            sent(minutes(0)),
            span(1, 3, Decision.SKIPPED, reason="paused by ada: deploy"),
            span(4, 4, Decision.MISSED, reason="no longer declared"),
            sent(minutes(5)),
        ],
        [],
        None,
    )
    ran(5, Outcome.SKIPPED, reason="feature NEW_MAILS is off")

    assert incidents.expected({ENTRY: minutes(9)})[ENTRY].due_at == minutes(0)


def test_of_a_span_the_last_due_time_that_is_old_enough_counts(incidents, journal):
    journal.keep([span(0, 5, Decision.MISSED, reason="nobody looked in time")], [], None)

    assert incidents.expected({ENTRY: minutes(7)})[ENTRY].due_at == minutes(5)
    assert incidents.expected({ENTRY: minutes(2)})[ENTRY].due_at == minutes(0)


def test_what_the_beat_could_not_send_yet_is_expected_too(incidents, journal):
    owing = {ENTRY: Owed(due_at=minutes(3), why="waits for a run to end")}
    journal.keep([sent()], [], Checkpoint(install="one", cursor=minutes(9), owing=owing))

    assert incidents.expected({ENTRY: minutes(2)})[ENTRY].due_at == NOON
    assert incidents.expected({ENTRY: minutes(3)})[ENTRY] == Expected(
        due_at=minutes(3), reason="it was not sent: waits for a run to end"
    )


def test_who_is_held_now_is_known(incidents, journal):
    def hold(target, kind=HoldKind.PAUSED, until=None):
        return Hold(
            target=target, kind=kind, since=NOON, until=until, by="ada", why="", version=len(target)
        )

    journal.keep(
        [],
        [
            hold("*", HoldKind.MAINTENANCE),
            hold("for a while", until=minutes(5)),
            hold("no more", until=minutes(1)),
            hold("once", HoldKind.SKIP, until=minutes(5)),
        ],
        None,
    )

    assert incidents.held(minutes(2)) == {"*", "for a while"}


def test_every_question_goes_along_an_index(sqlite_url):
    engine = make_engine(sqlite_url)
    plans = []

    @event.listens_for(engine, "before_cursor_execute")
    def explain(connection, _cursor, statement, parameters, *_more):
        if statement.startswith("SELECT"):
            asked = connection.connection.cursor().execute(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
            plans.extend(detail for *_, detail in asked)

    incidents = Incidents(make_sessions(engine))
    incidents.ends({ENTRY: 3})
    incidents.successes({ENTRY: NOON})
    incidents.expected({ENTRY: NOON})
    incidents.open()
    incidents.ended_untold()
    engine.dispose()

    # The checkpoints are read whole: there is one for each clock.
    read = [plan for plan in plans if re.search("run|occurrence|incident", plan)]
    assert len(read) == 6
    assert [plan for plan in read if "USING INDEX" not in plan] == []
