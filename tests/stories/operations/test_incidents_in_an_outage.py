"""The same incidents while only Redis or only the database answers.

What the other one knows is found and explained, and what nobody can know is said to be unknown.
"""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from beat_schedule.dispatch.values import Owing
from beat_schedule.tokens import Tokens
from beat_schedule.workers import WorkerCard
from tests.desk import PREFIX
from tests.holds import a_pause
from tests.recorded import a_run, an_event, keep
from tests.store.decided import sent
from tests.stories.operations.test_incidents import FULL

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

WITHOUT_REDIS = "Redis does not answer: if it is so for the beats, nothing is sent"
WITHOUT_A_RECORD = "the database does not answer: if it is so for the workers, no run starts"


def test_what_stands_still_is_said(found, why, away, record_away, hookbeat, *, well, count):
    assert well
    away()
    assert "until it answers nothing is sent, and what is due is owed" in found()
    assert WITHOUT_REDIS in why()
    assert "what only Redis knows is not known: who leads, what is owed" in why()

    record_away()
    assert "until it answers no run starts" in found()
    assert hookbeat("why", count).exit_code == 1


def test_without_the_record_it_is_said_what_only_that_knows(found, why, record_away, decide):
    decide()
    record_away()

    assert found().count("the database cannot be used") == 2, "status says it, and doctor once"
    explained = why()
    assert "what only the record knows is not known: decisions, runs, features" in explained
    assert WITHOUT_A_RECORD in explained


def test_no_worker_takes_a_queue_without_the_record(
    found, why, record_away, workers, *, leader, redis_client
):
    leader.lead().advance()
    workers.show("celery@one", WorkerCard(queues=("long", "short")))
    redis_client.lpush(f"{PREFIX}default", "{}")
    record_away()

    assert "queue default: 1 waiting, and no worker takes it → start a worker for it" in found()
    assert "no living worker takes from the queue 'default', in which 1 messages wait" in why()


def test_no_worker_takes_a_queue_without_redis(found, why, away, decide, *, journal, due, count):
    journal.keep([sent(due - HOUR, count)], [], None)
    decide()
    away()

    # The newer of them has perhaps waited for no more than a minute.
    assert "sent and not started, the oldest at" in found()
    assert "it was sent, and no worker has taken it yet" in why()


def test_the_leader_was_killed_without_the_record(found, why, record_away, leader):
    leader.lead().advance()
    leader.state.release(leader.grant, "web1-7-ab")
    record_away()

    assert "nobody leads" in found()
    assert "nobody leads: nothing is sent until a beat does" in why()


def test_redis_forgets_without_the_record(found, record_away):
    record_away()

    assert "redis: it may forget what waits in the queues when it restarts" in found()


def test_what_redis_forgot_is_told_without_it(why, away, decide, sessions, count):
    line = decide()
    run = a_run(line.first_due + 2 * MINUTE, entry=count, due_at=line.first_due, id=line.run)
    keep(sessions, run, an_event(run, "sent again", line.first_due + MINUTE))
    away()

    assert "sent again" in why()


def test_a_feature_was_switched_off_without_redis(hookbeat, why, away, switch_off):
    switch_off()
    away()

    assert "feature LOANS is off by eve: inventory" in hookbeat("status").output
    assert "it was sent and not started: feature LOANS is off" in why()


@pytest.mark.parametrize("without", ["away", "record_away"])
def test_a_forgotten_pause_is_known_to_both(found, why, well, without, *, journal, count, request):
    long_ago = well.operator.now() - timedelta(days=3)
    held = well.operator.hold(a_pause(count, since=long_ago, why="until the deploy is over"))
    journal.keep([], [held], None)
    request.getfixturevalue(without)()

    assert f"{count}: paused by ada since" in found()
    assert "it is paused by ada since" in why()


def test_an_entry_waits_for_a_run_without_the_record(found, why, well, record_away, *, due, count):
    other = uuid.uuid4()
    well.advance(owing={count: Owing(due - 6 * MINUTE, due, f"overlap with {other}")})
    record_away()

    assert f"{count}: it is owed since" in found()
    assert f"overlap with {other}" in why()
    assert f"hookbeat cancel {str(other)[:8]} --why" in why()


def test_a_task_hangs_without_redis(found, why, away, decide, *, sessions, due, count):
    line = decide()
    began = due - 3 * HOUR
    keep(sessions, a_run(began, None, entry=count, due_at=due, id=line.run, slot=count))
    away()

    assert f"run {str(line.run)[:8]} on celery@one is under way since" in found()
    assert "longer than its limit of 5 minutes" in why()


def test_a_task_hangs_without_the_record(why, well, record_away, redis_client, count):
    assert well
    run = uuid.uuid4()
    Tokens(redis_client, PREFIX).start(count, run)
    record_away()

    assert f"its run {str(run)[:8]} waits or runs" in why()


def test_a_bad_deploy_is_found_with_neither(found, why, away, record_away, *, project, name):
    (project / f"{name}_hooks.py").write_text('scheduler_events = {"dayly": ["NAME_tasks.tidy"]}')
    away()
    record_away()

    assert "did you mean 'daily'" in found()
    assert "hookbeat check" in why()


def test_a_clock_is_off_without_the_record(found, why, leader, record_away, count):
    doubt = "Redis's clock is +300.0 s from where it should be"
    leader.lead(offset=-300.0, doubt=doubt).look_at(count)
    leader.advance(behind=5 * MINUTE)
    record_away()

    assert f"the leader decides nothing: {doubt}" in found()
    assert f"the leader decides nothing: {doubt}" in why()


def test_the_database_is_full_without_redis(found, away, sessions):
    with sessions.begin() as session:
        session.execute(text(FULL))
    away()

    assert "database: the database cannot be used: database or disk is full" in found()
