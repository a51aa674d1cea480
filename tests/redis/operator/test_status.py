"""One screen for whoever is woken at night."""

import json
from datetime import timedelta

from beat_schedule.clock import to_millis
from beat_schedule.dispatch.values import Owing
from beat_schedule.features import Toggle
from beat_schedule.incidents import Incident, IncidentKind
from beat_schedule.keys import Keys
from beat_schedule.store.audit import note
from beat_schedule.store.features import switch, sync
from beat_schedule.store.incidents import Incidents
from beat_schedule.store.models import Outcome
from beat_schedule.workers import WorkerCard
from tests.desk import PREFIX, told
from tests.recorded import a_run, keep


def a_message(now, age):
    headers = {"hookbeat_queued_at": (now - age).isoformat(timespec="milliseconds")}
    return json.dumps({"headers": headers})


def problems(hookbeat):
    found = told(hookbeat("status", "--json"))["problems"]
    return {each["place"]: f"{each['reason']} → {each['cure']}" for each in found}


def test_all_is_well(hookbeat, well):  # noqa: ARG001 -- how it stands
    done = hookbeat("status")

    assert done.exit_code == 0, done.output
    assert "web1-7-ab leads since 20" in done.output
    assert "1 stands by" in done.output
    assert "everything due is decided up to 0." in done.output
    assert "all is well" in done.output


def test_nothing_runs_at_all(hookbeat):
    done = hookbeat("status")

    assert done.exit_code == 1
    assert "nobody leads → start a beat" in done.output
    assert "no worker shows itself → start one" in done.output


def test_a_due_time_that_is_owed_is_a_debt(hookbeat, well):
    now = well.operator.now()
    owing = Owing(now - timedelta(minutes=7), now, "overlap with 1")
    well.advance(owing={"tasks.shop.close@daily": owing})

    machine = told(hookbeat("status", "--json"))

    assert 420 <= machine["redis"]["debt"] < 425
    assert machine["redis"]["owing"] == 1


def test_a_queue_that_nobody_takes_is_a_problem_once_something_waits_in_it(
    hookbeat, well, workers, redis_client
):
    workers.show("celery@one", WorkerCard(queues=("default", "short")))
    assert problems(hookbeat) == {}

    message = a_message(well.operator.now(), timedelta(minutes=2))
    redis_client.lpush(f"{PREFIX}long", message, message)
    redis_client.lpush(f"{PREFIX}long\x06\x163", message)

    found = problems(hookbeat)
    assert found["queue long"].startswith("3 waiting, and no worker takes it → start a worker")
    [queue] = [
        queue
        for queue in told(hookbeat("status", "--json"))["redis"]["queues"]
        if queue["name"] == "long"
    ]
    assert (queue["waiting"], queue["workers"]) == (3, [])
    assert 120 <= queue["oldest"] < 180


def test_the_queue_of_a_clock_is_shown_also_when_no_worker_lives_any_more(
    hookbeat, well, redis_client
):
    now = well.operator.now()
    redis_client.hset(Keys(PREFIX).clocks, "booking", to_millis(now))
    redis_client.lpush(f"{PREFIX}booking", a_message(now, timedelta(seconds=1)))

    assert problems(hookbeat)["queue booking"].startswith("1 waiting, and no worker takes it")


def test_each_clock_is_shown_with_its_own_leader(hookbeat, well, workers, leader_of):  # noqa: ARG001
    workers.show("celery@two", WorkerCard(queues=("booking",)))
    booking = leader_of("booking").lead("web3-1-ef")
    booking.advance(behind=timedelta(seconds=5))

    done = hookbeat("status")
    machine = told(hookbeat("status", "--json"))["redis"]

    assert "web1-7-ab leads since" in done.output
    assert "clock booking: web3-1-ef leads since" in done.output
    assert machine["leader"]["id"] == "web1-7-ab"
    clock = machine["clocks"]["booking"]
    assert (clock["leader"]["id"], clock["standbys"]) == ("web3-1-ef", [])
    assert 5 <= clock["debt"] <= machine["debt"] < 15


def test_a_clock_that_nobody_leads_is_a_problem_though_the_others_have_leaders(
    hookbeat,
    well,  # noqa: ARG001 -- how it stands
    leader_of,
):
    leader_of("booking").stand_by("web3-1-ef")

    assert problems(hookbeat)["beats"].startswith("clock booking: nobody leads")


def test_a_queue_whose_oldest_message_waits_for_long_is_a_problem(hookbeat, well, redis_client):
    message = a_message(well.operator.now(), timedelta(minutes=6))
    redis_client.lpush(f"{PREFIX}default", message)

    assert problems(hookbeat)["queue default"].startswith("1 waiting, the oldest for 0:06:00")


def test_a_message_that_is_none_of_ours_has_no_age(hookbeat, well, redis_client):  # noqa: ARG001
    redis_client.lpush(f"{PREFIX}default", "what is this?")

    assert problems(hookbeat) == {}


def test_entries_that_fail_are_named_with_the_run_to_look_at(hookbeat, well, sessions):
    run = a_run(well.operator.now(), Outcome.FAILED, error="LookupError: no such shop\nand more")
    keep(sessions, run)

    found = problems(hookbeat)[run.entry]

    assert found.startswith("its last run failed: LookupError: no such shop →")
    assert found.endswith(f"hookbeat logs {str(run.id)[:8]}")


def test_what_was_missed_or_is_left_out_is_a_problem_until_it_is_over(
    hookbeat,
    well,
    sessions,
):
    values = {"began_at": well.operator.now(), "run": None}
    for entry, kind, reason in (
        ("shop.close", IncidentKind.MISSED, "no worker started it"),
        ("hooks.py: scheduler_events['daily'][0]", IncidentKind.LEFT_OUT, "no module named 'shop'"),
    ):
        incident = Incident(entry=entry, kind=kind, reason=reason, **values)
        assert Incidents(sessions).begin(incident)

    found = problems(hookbeat)

    assert found["shop.close"] == "missed: no worker started it → hookbeat incidents"
    left_out = found["hooks.py: scheduler_events['daily'][0]"]
    assert left_out == "left out: no module named 'shop' → hookbeat incidents"


def test_pauses_and_features_that_are_off_are_shown_with_who_and_why(
    hookbeat, well, sessions, count
):
    now = well.operator.now()
    with sessions.begin() as session:
        sync(session, [Toggle("CLOSING", "closes the shops", active=True)], now)
        switch(session, "CLOSING", active=False, by="eve", why="inventory", at=now)
    hookbeat("pause", count, "--by", "ada", "--why", "deploy")

    done = hookbeat("status")

    assert done.exit_code == 0, done.output
    assert "paused" in done.output
    assert "deploy" in done.output
    assert "feature CLOSING is off by eve: inventory" in done.output


def test_everything_held_is_a_problem(hookbeat, well):  # noqa: ARG001 -- how it stands
    hookbeat("scheduler", "pause", "--by", "ada", "--why", "deploy")

    assert problems(hookbeat)["scheduler"].startswith("everything is held by ada: deploy")


def test_without_redis_it_tells_what_the_record_knows(hookbeat, well, sessions, away):
    run = a_run(well.operator.now(), Outcome.FAILED, error="LookupError")
    keep(sessions, run)
    away()

    done = hookbeat("status")

    assert done.exit_code == 1
    assert "cannot be reached" in done.stderr
    assert "only Redis knows" in done.stdout
    assert run.entry in done.stdout


def test_without_the_database_it_tells_what_redis_knows(hookbeat, well, monkeypatch, tmp_path):  # noqa: ARG001
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")

    done = hookbeat("status")

    assert done.exit_code == 1
    assert "web1-7-ab leads" in done.stdout
    assert "only the database knows" in done.stdout
    assert "run `hookbeat migrate`" in done.stderr


def test_an_installation_without_a_beat_is_well_while_cron_makes_its_passes(
    hookbeat, leader, sessions
):
    leader.lead().advance(behind=timedelta(minutes=20))
    leader.state.release(leader.grant, "web1-7-ab")
    now = leader.operator.now()
    with sessions.begin() as session:
        note(session, at=now, who="www-data", by="run-due", action="run-due", target="*")

    done = hookbeat("status")

    assert done.exit_code == 0, done.output
    assert "`hookbeat run-due` makes the passes; one by www-data decided something" in done.output


def test_cron_that_calls_no_more_is_a_problem(hookbeat, leader, sessions):
    leader.lead().advance(behind=timedelta(hours=2))
    leader.state.release(leader.grant, "web1-7-ab")
    now = leader.operator.now()
    with sessions.begin() as session:
        note(session, at=now, who="www-data", by="run-due", action="run-due", target="*")

    found = problems(hookbeat)

    assert list(found) == ["cursor"]
    assert "see whether cron still calls `hookbeat run-due`" in found["cursor"]
