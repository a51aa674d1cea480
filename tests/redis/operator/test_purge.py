"""`hookbeat purge`: exactly what was named, and on record."""

import json

import pytest

from beat_schedule.actions import purging
from beat_schedule.clock import SystemClock
from beat_schedule.store.audit import noted
from beat_schedule.store.models import Outcome, RunState
from beat_schedule.store.open_runs import OpenRuns
from beat_schedule.store.record import run_named
from tests.desk import PREFIX, told
from tests.recorded import a_run, keep
from tests.store.decided import sent

WHY = ("--why", "sent by mistake", "--by", "ada")
YES = (*WHY, "--yes", "--json")


@pytest.fixture
def beside(name):
    return f"{name}_tasks.beside"


@pytest.fixture
def row(sessions):
    def row(run_id):
        with sessions() as session:
            return run_named(session, str(run_id))

    return row


@pytest.fixture
def put(redis_client):
    """Put the message of a run into a queue, as a beat does."""

    def put(run, entry, trigger="schedule", queue="default"):
        task = entry.partition("@")[0]
        headers = {"task": task, "id": "x", "hookbeat_entry": entry, "hookbeat_run": str(run)}
        headers |= {"hookbeat_trigger": trigger, "hookbeat_due_at": "2026-03-10T12:00:00.000+00:00"}
        redis_client.lpush(f"{PREFIX}{queue}", json.dumps({"headers": headers}))

    return put


def test_it_removes_what_was_named_and_nothing_else(hookbeat, row, count, beside, redis_client):
    gone = told(hookbeat("run", beside, "--json"))["id"]
    left = told(hookbeat("run", count, "--json"))["id"]

    done = hookbeat("purge", "--entry", beside, *WHY, "--yes")

    assert (done.exit_code, "removed: 1 message; runs cancelled: 1" in done.output) == (0, True)
    found = row(gone)
    assert (found.outcome, found.trigger, found.attempt) == (Outcome.CANCELLED, "manual", 0)
    assert found.reason == "cancelled by ada: sent by mistake"
    [message] = redis_client.lrange(f"{PREFIX}default", 0, -1)
    assert json.loads(message)["headers"]["hookbeat_run"] == left


def test_a_due_time_that_was_sent_is_not_sent_again(hookbeat, journal, sessions, put, count):
    line = sent(entry=count)
    journal.keep([line], [], None)
    put(line.run, count)

    done = told(hookbeat("purge", "--queue", "default", *YES))

    assert (done["removed"], done["cancelled"]) == (1, [str(line.run)])
    with sessions() as session:
        assert run_named(session, str(line.run)).outcome is Outcome.CANCELLED
    assert OpenRuns(sessions).unstarted(SystemClock().now(), [count]) == []
    assert told(hookbeat("pending", "--json"))["queued"] == []


def test_its_entry_is_free_again(hookbeat, count):
    run = told(hookbeat("run", count, "--json"))["id"]

    assert told(hookbeat("purge", "--run", run[:8], *YES))["cancelled"] == [run]
    assert hookbeat("run", count).exit_code == 0


def test_a_copy_of_a_run_that_runs_goes_and_the_run_stays(hookbeat, sessions, row, put, count):
    running = a_run(outcome=None, entry=count)
    waiting = a_run(outcome=None, entry=count, state=RunState.WAITING)
    keep(sessions, running, waiting)
    put(running.id, count)
    put(waiting.id, count)

    done = told(hookbeat("purge", "--entry", count, *YES))

    assert (done["removed"], done["cancelled"]) == (2, [str(waiting.id)])
    assert row(running.id).state is RunState.RUNNING
    assert row(waiting.id).outcome is Outcome.CANCELLED


def test_names_of_two_kinds_must_both_fit(hookbeat, put, count, beside, redis_client):
    for number, queue in enumerate(("default", "long", "long")):
        put(f"00000000-0000-4000-8000-00000000000{number}", f"{beside}@hourly", queue=queue)
    put("10000000-0000-4000-8000-000000000000", count, queue="long")

    done = told(hookbeat("purge", "--queue", "long", "--task", beside, *YES))

    assert (done["removed"], len(done["cancelled"])) == (2, 2)
    assert redis_client.llen(f"{PREFIX}default") == 1
    assert redis_client.llen(f"{PREFIX}long") == 1


@pytest.mark.parametrize("kind", ["--queue", "--entry", "--task", "--run"])
def test_an_empty_name_as_of_an_unset_variable_means_nothing(hookbeat, redis_client, kind):
    """A plain call has no entry, and what nobody can read has no task."""
    redis_client.lpush(f"{PREFIX}default", '{"headers": {"task": "shop.reindex"}}', "no message")

    done = hookbeat("purge", kind, "", *YES)

    assert done.exit_code == 2
    assert f"{kind} is empty" in done.output
    assert redis_client.llen(f"{PREFIX}default") == 2


def test_what_nobody_follows_leaves_no_row(hookbeat, put, sessions, redis_client):
    put("00000000-0000-4000-8000-000000000000", "shop.reindex", "manual", "long")
    redis_client.lpush(f"{PREFIX}long", "no message")

    done = told(hookbeat("purge", "--queue", "long", *YES))

    assert (done["removed"], done["cancelled"]) == (2, [])
    with sessions() as session:
        assert {each.target for each in noted(session)} == {"shop.reindex", "long"}


def test_the_audit_says_who_and_why(hookbeat, sessions, beside):
    for _ in range(2):
        hookbeat("run", beside)

    hookbeat("purge", "--task", beside, *YES)

    with sessions() as session:
        [found] = noted(session, f"{beside}@hourly")
    assert (found.who, found.by, found.action, found.why) == (
        "ada",
        "cli",
        "purge",
        "sent by mistake",
    )
    assert found.after == {"messages": 2, "cancelled": 2}


def test_it_shows_what_it_would_remove_and_asks(hookbeat, count, redis_client):
    hookbeat("run", count)

    refused = hookbeat("purge", "--entry", count, *WHY, input="n\n")
    shown = hookbeat("purge", "--entry", count, "--dry-run")

    assert refused.exit_code == 1
    assert count in refused.output
    assert "Remove 1 message?" in refused.output
    assert (shown.exit_code, count in shown.output) == (0, True)
    assert redis_client.llen(f"{PREFIX}default") == 1
    assert hookbeat("purge", "--entry", count, *WHY, input="y\n").exit_code == 0
    assert redis_client.llen(f"{PREFIX}default") == 0


def test_what_a_worker_took_meanwhile_is_told(hookbeat, count, row, redis_client, monkeypatch):
    run = told(hookbeat("run", count, "--json"))["id"]
    removing = purging._remove
    monkeypatch.setattr(
        purging,
        "_remove",
        lambda *given: (redis_client.rpop(f"{PREFIX}default"), removing(*given))[1],
    )

    done = told(hookbeat("purge", "--entry", count, *YES))

    assert (done["removed"], done["taken"]) == (0, 1)
    assert row(run).outcome is Outcome.CANCELLED


def test_many_go_in_batches(hookbeat, put, beside, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 2)
    for number in range(5):
        put(f"00000000-0000-4000-8000-00000000000{number}", f"{beside}@hourly")

    done = told(hookbeat("purge", "--queue", "default", *YES))

    assert (done["removed"], len(done["cancelled"])) == (5, 5)


def test_without_the_database_nothing_is_removed(
    hookbeat, count, tmp_path, monkeypatch, redis_client
):
    hookbeat("run", count)
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")

    assert hookbeat("purge", "--entry", count, *YES).exit_code == 1
    assert redis_client.llen(f"{PREFIX}default") == 1


def test_what_cannot_be_meant_is_told(hookbeat, away, beside):
    assert hookbeat("purge", *YES).exit_code == 2
    assert hookbeat("purge", "--queue", "long", *WHY, "--json").exit_code == 2
    assert "say why" in hookbeat("purge", "--queue", "long", "--yes").output
    assert "did you mean" in hookbeat("purge", "--entry", f"{beside}s", *YES).output
    assert "is no run's id" in hookbeat("purge", "--run", "xyz", *YES).output
    assert "no message in the queues" in hookbeat("purge", "--queue", "q", *WHY, "--yes").output
    away()
    assert "cannot be reached" in hookbeat("purge", "--queue", "long", *YES).output


def test_a_run_is_named_by_what_no_other_in_the_queues_begins_with(hookbeat, put, beside):
    for number in range(2):
        put(f"00000000-0000-4000-8000-00000000000{number}", f"{beside}@hourly")

    done = hookbeat("purge", "--run", "0000", *YES)

    assert (done.exit_code, "type more of it" in done.output) == (1, True)
