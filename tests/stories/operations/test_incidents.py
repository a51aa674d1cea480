"""Ten incidents: each is found by `status` or `doctor`, and `why` explains what became of it."""

import uuid
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from beat_schedule.decisions import Decision
from beat_schedule.dispatch.values import Owing
from beat_schedule.workers import WorkerCard
from tests.desk import PREFIX
from tests.holds import a_pause
from tests.recorded import a_run, an_event, keep
from tests.store.decided import span

MINUTE = timedelta(minutes=1)

#: The database says what it says when it is full.
FULL = """
CREATE TRIGGER full BEFORE INSERT ON revision
BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END
"""


def test_no_worker_takes_a_queue(found, why, decide, workers, redis_client):
    workers.show("celery@one", WorkerCard(queues=("long", "short")))
    decide()
    redis_client.lpush(f"{PREFIX}default", "{}")

    assert "queue default: 1 waiting, and no worker takes it → start a worker for it" in found()
    explained = why()
    assert "no worker" in explained
    assert "queue default: 1 messages" in explained


def test_the_leader_was_killed_and_nobody_stood_by(found, why, well, redis_client):
    beats = f"{PREFIX}hookbeat:main:beats"
    for beat, said in redis_client.hgetall(beats).items():
        at, rest = said.split("|", 1)
        redis_client.hset(beats, beat, f"{int(at) - 20_000}|{rest}")
    well.advance(behind=MINUTE)

    assert "beats: nobody leads: web1-7-ab holds the lease and does not show itself" in found()
    assert "nobody leads: nothing is sent until a beat does" in why()


def test_redis_forgot_what_waited_in_its_queues(found, why, decide, sessions, count):
    line = decide()
    run = a_run(line.first_due + 2 * MINUTE, entry=count, due_at=line.first_due, id=line.run)
    keep(sessions, run, an_event(run, "sent again", line.first_due + MINUTE))

    assert "redis: it may forget what waits in the queues when it restarts" in found()
    assert "sent again" in why()


def test_a_feature_was_switched_off(hookbeat, why, switch_off):
    switch_off()

    assert "feature LOANS is off by eve: inventory" in hookbeat("status").output
    assert "feature LOANS is off" in why()


def test_an_entry_was_paused_and_forgotten(found, why, well, *, journal, due, count):
    since = well.operator.now() - timedelta(days=3)
    well.operator.hold(a_pause(count, since=since, why="until the deploy is over"))
    reason = "paused by ada: until the deploy is over"
    decided = {"run": None, "decided_at": due, "entry": count, "reason": reason}
    line = span(0, 0, Decision.SKIPPED, **decided)
    journal.keep([_at(line, due)], [], None)

    assert f"{count}: paused by ada since" in found()
    explained = why()
    assert reason in explained
    assert f"hookbeat resume {count}" in explained


def test_an_entry_waits_for_a_run_that_takes_too_long(found, why, well, *, sessions, due, count):
    other = uuid.uuid4()
    before = due - timedelta(hours=1)
    keep(sessions, a_run(before, None, entry=count, due_at=before, id=other))
    well.advance(owing={count: Owing(due - 6 * MINUTE, due, f"overlap with {other}")})

    assert f"{count}: it is owed since" in found()
    explained = why()
    assert f"overlap with {other}" in explained
    assert f"in the way  run {str(other)[:8]}" in explained
    assert f"hookbeat cancel {str(other)[:8]} --why" in explained


def test_a_task_hangs(found, why, decide, *, sessions, due, count):
    line = decide()
    began = due - timedelta(hours=3)
    keep(sessions, a_run(began, None, entry=count, due_at=due, id=line.run, slot=count))

    assert f"run {str(line.run)[:8]} on celery@one is under way since" in found()
    explained = why()
    assert "running" in explained
    assert "by celery@one" in explained
    assert f"hookbeat logs {str(line.run)[:8]}" in explained


def test_a_bad_deploy(found, why, well, *, project, name, count):
    (project / f"{name}_hooks.py").write_text(
        f'scheduler_events = {{"dayly": ["{name}_tasks.tidy"], "hourly": ["{name}_tasks.cuont"]}}'
    )
    well.stand_by("web3-9-ef", generation="g2")

    said = found()
    assert "did you mean 'daily'" in said
    assert f"did you mean '{name}_tasks.count'" in said
    assert "web1-7-ab declares other entries than those in force" in said
    assert "hookbeat check" in why(count)


def test_a_clock_is_five_minutes_off(found, why, leader, workers, count):
    workers.show("celery@one", WorkerCard(queues=("default", "long", "short")))
    doubt = "Redis's clock is +300.0 s from where it should be"
    leader.lead(offset=-300.0, doubt=doubt).look_at(count)
    leader.advance(behind=5 * MINUTE)

    said = found()
    assert f"the leader decides nothing: {doubt}" in said
    assert "the clock of the beat web1-7-ab is 300.0 s behind Redis's" in said
    assert f"the leader decides nothing: {doubt}" in why()


def test_the_database_is_full(found, why, well, *, redis_client, journal, sessions, due, count):
    """It can be read, and takes nothing more: decisions pile up in Redis."""
    journal.keep([_at(span(0, 0, entry=count, run=None), due - timedelta(hours=1))], [], None)
    with sessions.begin() as session:
        session.execute(text(FULL))
    long_ago = int((well.operator.now() - 7 * MINUTE).timestamp() * 1000)
    redis_client.xadd(f"{PREFIX}hookbeat:main:journal", {"entry": count}, id=f"{long_ago}-0")

    said = found()
    assert "database: the database cannot be used: database or disk is full" in said
    assert "1 decisions are not on record, the oldest for 0:07:0" in said
    assert "make room in it" in said
    assert "not on record" in why()


def _at(line, due):
    return replace(line, first_due=due, last_due=due)
