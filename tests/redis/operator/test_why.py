"""`hookbeat why`, as somebody asks it at night: what became of it, and what is in its way."""

from datetime import timedelta

import pytest

from beat_schedule.clock import SystemClock
from beat_schedule.decisions import Checkpoint, Decided, Decision, Owed
from beat_schedule.dispatch.values import Owing
from beat_schedule.entries import run_id
from beat_schedule.store.audit import note
from beat_schedule.store.models import Outcome, RunState
from tests.desk import last_hour, told
from tests.recorded import a_run, an_attempt, an_event, keep
from tests.store.decided import sent

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def due():
    """The last due time of what is due every hour."""
    return last_hour()


@pytest.fixture
def now(due):
    """Within the hour that began then."""
    return max(SystemClock().now(), due)


@pytest.fixture
def decide(journal, count):
    """Put a decision on record, of the entry of every hour."""

    def decide(due_at, **changes):
        line = sent(due_at, count, **{"run": run_id(count, due_at)} | changes)
        journal.keep([line], [], None)
        return line

    return decide


@pytest.fixture
def why(hookbeat, count):
    """`why("2026-11-20")`: what people read, and what machines do."""

    def why(*time, entry=count):
        shown = hookbeat("why", entry, *time)
        assert shown.exit_code in {0, 1}, shown.output
        machine = hookbeat("why", entry, *time, "--json")
        assert machine.exit_code == shown.exit_code
        return shown.output, told(machine), shown.exit_code

    return why


def test_what_ran_tells_who_decided_when_it_was_sent_who_took_it_and_how_it_ended(
    why, decide, sessions, due, count
):
    line = decide(due)
    ran = a_run(
        due + 3 * SECOND,
        entry=count,
        due_at=due,
        id=line.run,
        queued_at=due + SECOND,
        counts={"loans": 3},
    )
    keep(sessions, ran)

    shown, machine, code = why(f"{due:%Y-%m-%dT%H:%M}")

    assert code == 0
    assert "it ran and succeeded" in shown
    assert "by the leader of term 7: sent" in shown
    assert "to the queue default" in shown
    assert "by celery@one, after 2.00 s in the queue" in shown
    assert "succeeded after 1.00 s: loans 3" in shown
    assert machine["past"]["decision"]["decision"] == "sent"
    assert [run["id"] for run in machine["past"]["runs"]] == [str(line.run)]


def test_what_failed_tells_its_attempts_and_what_befell_it(why, decide, sessions, due, count):
    line = decide(due)
    again = {
        "attempt": 2,
        "worker": "celery@two",
        "queued_at": due,
        "error": "LookupError: no book",
    }
    run = a_run(due + 9 * SECOND, Outcome.FAILED, entry=count, due_at=due, id=line.run, **again)
    lost = an_attempt(run, 1, due + 2 * SECOND, ending="lost", reason="no sign of life")
    keep(sessions, run, lost, an_event(run, "taken over", due + 5 * SECOND, "its worker died"))

    shown, _, code = why(f"{due:%Y-%m-%dT%H:%M}")

    assert code == 1
    assert "it ran and failed: LookupError: no book" in shown
    # The second waited in its row.
    assert "by celery@one, after 2.00 s in the queue" in shown
    assert "attempt 1 lost: no sign of life" in shown
    assert "taken over: its worker died" in shown


def test_what_was_skipped_for_another_run_names_it_and_how_it_stands(
    why, journal, sessions, due, count
):
    other = a_run(due - HOUR, None, entry=count)
    keep(sessions, other)
    skipped = sent(due, count, run=None, reason=f"overlap with {other.id}")
    journal.keep([skipped_of(skipped)], [], None)

    shown, machine, code = why(f"{due:%H:%M}")

    assert code == 1
    assert f"it was skipped: overlap with {other.id}" in shown
    assert f"run {str(other.id)[:8]}, due" in shown
    assert machine["past"]["in_the_way"]["state"] == "running"


def test_a_due_time_within_a_row_that_stands_for_many_is_found_in_it(why, journal, due, count):
    first = due - 5 * HOUR
    journal.keep(
        [
            Decided(
                entry=count,
                first_due=first,
                last_due=due - HOUR,
                count=5,
                decision=Decision.SKIPPED,
                reason="paused by ada: deploy",
                term=7,
                decided_at=due,
            )
        ],
        [],
        None,
    )

    shown, _, code = why(f"{first + HOUR:%Y-%m-%dT%H:%M}")

    assert code == 1
    assert "it was skipped (with 4 more): paused by ada: deploy" in shown
    assert "one row for 5 due times" in shown


def test_what_people_changed_the_day_before_is_shown(why, decide, sessions, due, count):
    decide(due)
    with sessions.begin() as session:
        changed = {"who": "ada", "by": "cli", "action": "entry.set"}
        note(session, at=due - HOUR, target=count, why="slower", **changed)
        note(session, at=due - HOUR, target="other@daily", **changed)
        note(session, at=due - timedelta(days=3), target=count, why="long ago", **changed)

    shown, machine, _ = why(f"{due:%Y-%m-%dT%H:%M}")

    assert f"entry.set {count} by ada: slower" in shown
    assert [each["why"] for each in machine["past"]["changes"]] == ["slower"]


def test_what_no_worker_took_says_that_its_queue_has_none(why, decide, redis_client, due):
    decide(due)
    redis_client.lpush("op:default", "{}", "{}")

    shown, machine, code = why(f"{due:%Y-%m-%dT%H:%M}")

    assert code == 1
    assert "it was sent, and no worker has taken it yet" in shown
    assert "queue default: 2 messages; no living worker takes from it" in shown
    assert machine["queue"] == {"name": "default", "messages": 2, "workers": []}


def test_what_is_owed_says_for_what(why, leader, due, count):
    leader.lead().look_at(count)
    leader.advance(owing={count: Owing(due, due, "its run before has not ended")})

    shown, _, code = why(f"{due:%Y-%m-%dT%H:%M}")

    assert code == 1
    assert f"it is owed since {due:%Y-%m-%d %H:%M:%S}Z: its run before has not ended" in shown


def test_what_nobody_has_looked_at_says_that_nobody_leads(why, leader, due, now):
    leader.lead().advance(behind=now - due + HOUR)
    leader.state.release(leader.grant, "web1-7-ab")

    shown, _, _ = why(f"{due:%Y-%m-%dT%H:%M}")

    assert "nobody has looked at it yet: the cursor stands at" in shown
    assert "nobody leads" in shown


def test_before_the_first_decision_the_record_says_where_it_begins(why, decide, leader, due):
    leader.lead().advance()
    decide(due)

    shown, _, code = why(f"{due - 2 * HOUR:%Y-%m-%dT%H:%M}")

    assert code == 1
    assert f"the record of this entry begins at {due:%Y-%m-%d %H:%M:%S}Z" in shown


def test_a_time_at_which_nothing_is_due_names_those_around_it(why, due):
    shown, machine, code = why(f"{due - HOUR / 2:%Y-%m-%dT%H:%M}")

    assert code == 1
    assert "it is not due then" in shown
    assert machine["not_due"] == {
        "before": (due - HOUR).isoformat(),
        "after": due.isoformat(),
    }


def test_the_next_due_time_comes_with_everything_in_its_way(why, hookbeat, leader, sessions, count):
    now = SystemClock().now()
    waiting = a_run(
        now - HOUR, None, entry=count, state=RunState.WAITING, slot=count, not_before=now + HOUR
    )
    keep(sessions, waiting)
    leader.lead().advance()
    assert hookbeat("pause", count, "--why", "deploy", "--by", "ada").exit_code == 0
    assert hookbeat("scheduler", "pause", "--why", "move", "--by", "bob").exit_code == 0

    _, machine, code = why()

    assert code == 1
    ways = {
        each["words"].partition(" since")[0]: each["cure"] for each in machine["next"]["obstacles"]
    }
    assert "the beat that leads does not know this entry: its hooks are not these" in ways
    assert ways["it is paused by ada"] == f"hookbeat resume {count}"
    assert ways["everything is paused by bob"] == "hookbeat scheduler resume"
    assert any(words.startswith(f"its run {str(waiting.id)[:8]} is waiting") for words in ways)
    assert any(words.startswith("no living worker takes from") for words in ways)


def test_a_hold_that_is_over_by_then_is_not_in_its_way(why, hookbeat, leader, count, due):
    leader.lead().advance()
    tomorrow = due + timedelta(days=1)
    end = f"{due + HOUR:%Y-%m-%dT%H:%M:%S}+00:00"
    assert hookbeat("pause", count, "--until", end).exit_code == 0

    _, at_once, _ = why(f"{due + HOUR:%Y-%m-%dT%H:%M}")
    _, later, _ = why(f"{tomorrow:%Y-%m-%d}")

    said = [
        [each["words"] for each in machine["next"]["obstacles"]] for machine in (at_once, later)
    ]
    assert [any("paused" in words for words in each) for each in said] == [True, False]


def test_without_redis_the_record_answers_and_says_what_it_cannot_know(why, decide, away, due):
    decide(due)
    away()

    shown, machine, code = why()

    assert code == 1
    assert "what only Redis knows is not known" in shown
    assert machine["past"]["decision"]["decision"] == "sent"
    assert machine["queue"] is None


def test_without_redis_what_was_owed_last_is_on_record(why, journal, away, due, count):
    owed = {count: Owed(due_at=due, why="no worker knows it")}
    journal.keep([], [], Checkpoint(install=journal.begin("i"), cursor=due - HOUR, owing=owed))
    away()

    shown, _, _ = why(f"{due:%H:%M}")

    assert f"it is owed since {due:%Y-%m-%d %H:%M:%S}Z: no worker knows it" in shown


def test_without_the_record_redis_answers_and_says_what_it_cannot_know(
    why, leader, count, monkeypatch, tmp_path
):
    leader.lead().look_at(count)
    leader.advance()
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")

    shown, machine, code = why()

    assert code == 1
    assert "what only the record knows is not known" in shown
    assert machine["past"]["words"] == "if anything was decided, only the record knows"


def skipped_of(line):
    values = {name: getattr(line, name) for name in Decided.__slots__}
    return Decided(**values | {"decision": Decision.SKIPPED})
