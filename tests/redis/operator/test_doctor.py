"""What an installation lacks, and what to do about it."""

import uuid
from datetime import timedelta

import pytest

from beat_schedule.dispatch.values import Owing
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Outcome, RunState
from beat_schedule.workers import WorkerCard
from tests.desk import PREFIX, told
from tests.holds import a_pause
from tests.recorded import a_run, keep
from tests.servers import SmtpSink, free_port
from tests.store.decided import sent


@pytest.fixture
def found(hookbeat, redis_client):
    """What it finds, by place: a list of `reason → cure`; its Redis keeps what it holds."""
    redis_client.config_set("appendonly", "yes")

    def found():
        by_place = {}
        for each in told(hookbeat("doctor", "--json"))["problems"]:
            said = f"{each['reason']} → {each['cure']}"
            by_place.setdefault(each["place"], []).append(said)
        return by_place

    yield found
    redis_client.config_set("appendonly", "no")


def test_it_finds_nothing_where_all_is_well(hookbeat, found, well):  # noqa: ARG001 -- how it stands
    done = hookbeat("doctor")

    assert done.exit_code == 0, done.output
    assert "hooks: 3 entries" in done.output
    assert "database: sqlite" in done.output
    assert "all is well" in done.output


def test_everything_that_is_found_has_a_cure(found):
    for place, said in found().items():
        for each in said:
            assert each.partition(" → ")[2], (place, each)


# Redis


def test_a_redis_that_forgets_is_found(found, well, redis_client):  # noqa: ARG001
    redis_client.config_set("appendonly", "no")
    redis_client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        said = found()["redis"]
    finally:
        redis_client.config_set("maxmemory-policy", "noeviction")

    assert "it may forget what waits" in said[0]
    assert "throws keys away" in said[1]


def test_clocks_that_are_apart_are_found(found, leader, workers):
    leader.lead(offset=-300.0).advance()
    leader.stand_by("web2-9-cd")
    queues = ("default", "long", "short")
    workers.show("celery@one", WorkerCard(queues=queues, offset=3.5))

    said = found()["clocks"]

    assert said[0].startswith("the clock of the beat web1-7-ab is 300.0 s behind Redis's")
    assert said[1].startswith("the clock of the worker celery@one is 3.5 s ahead of Redis's")


def test_decisions_that_wait_for_the_record_are_found(found, well, redis_client):
    long_ago = int((well.operator.now() - timedelta(minutes=7)).timestamp() * 1000)
    redis_client.xadd(f"{PREFIX}hookbeat:main:journal", {"entry": "x"}, id=f"{long_ago}-0")

    assert found()["record"][0].startswith("1 decisions are not on record, the oldest for 0:07:0")


def test_decisions_of_another_clock_that_wait_for_the_record_are_found(
    found,
    well,
    leader_of,
    redis_client,
):
    leader_of("booking").lead("web3-1-ef").advance()
    long_ago = int((well.operator.now() - timedelta(minutes=7)).timestamp() * 1000)
    redis_client.xadd(f"{PREFIX}hookbeat:booking:journal", {"entry": "x"}, id=f"{long_ago}-0")

    [said] = found()["record"]

    assert said.startswith("clock booking: 1 decisions are not on record, the oldest for 0:07:0")


def test_messages_that_were_set_aside_are_found(found, well, redis_client):  # noqa: ARG001
    redis_client.lpush(f"{PREFIX}hookbeat:main:spoiled", "{}")

    assert "hookbeat spoiled" in found()["queues"][0]


# Beats and workers


def test_a_beat_without_a_second_and_one_with_other_entries_are_found(found, leader, workers):
    workers.show("celery@one", WorkerCard(queues=("default", "long", "short")))
    leader.lead().advance()
    assert found()["beats"] == ["nobody stands by → start a second beat, on another machine"]

    # A set that was never seen comes into force.
    leader.stand_by("web3-9-ef", generation="g2")

    assert found()["beats"][0].startswith("web1-7-ab declares other entries than those in force")


def test_of_each_clock_the_beats_are_looked_at(found, well, leader_of):  # noqa: ARG001
    leader_of("booking").lead("web3-1-ef", offset=9.0).advance()

    by_place = found()

    assert any(each.startswith("clock booking: nobody stands by") for each in by_place["beats"])
    assert any("web3-1-ef" in each for each in by_place["clocks"])


def test_a_queue_with_entries_and_no_worker_is_found_before_anything_waits(found, well, workers):  # noqa: ARG001
    workers.show("celery@one", WorkerCard(queues=("default", "short")))

    [said] = found()["queue long"]

    assert said.startswith("no worker takes it, and 1 entry waits for one → start one")


def test_what_is_owed_for_long_is_found(found, well, count):
    now = well.operator.now()
    well.advance(owing={count: Owing(now - timedelta(minutes=6), now, "the journal is full")})

    assert "the journal is full" in found()[count][0]


def test_a_pause_that_was_perhaps_forgotten_is_found(found, well, count):
    now = well.operator.now()
    well.operator.hold(a_pause(count, since=now - timedelta(days=3)))

    [said] = found()[count]

    assert said.startswith("paused by ada since")
    assert f"hookbeat resume {count}" in said


# Runs


def test_runs_that_hang_are_found(found, well, sessions, count):
    now = well.operator.now()
    hanging = a_run(now - timedelta(hours=3), None, entry=count)
    waiting = a_run(
        now - timedelta(hours=1),
        None,
        entry=count,
        state=RunState.WAITING,
        not_before=now - timedelta(minutes=30),
    )
    keep(sessions, hanging, waiting, a_run(now - timedelta(minutes=1), None))

    too_long, forgotten = found()[count]

    since = f"{hanging.started_at:%Y-%m-%d %H:%M:%S}Z"
    assert f"run {str(hanging.id)[:8]} on celery@one is under way since {since}" in too_long
    assert f"hookbeat cancel {str(hanging.id)[:8]}" in too_long
    assert f"run {str(waiting.id)[:8]} might have gone on at" in forgotten


def test_what_was_sent_and_never_started_is_found(found, well, sessions):
    now = well.operator.now()
    Journal(sessions).keep([sent(now - timedelta(minutes=20), run=uuid.uuid4())], [], None)

    [said] = found()["queue default"]

    assert said.startswith("1 run was sent and not started, the oldest at")


def test_a_failing_entry_is_found_as_by_status(found, well, sessions):
    run = a_run(well.operator.now(), Outcome.FAILED, error="LookupError: gone")
    keep(sessions, run)

    assert found()[run.entry][0].startswith("its last run failed: LookupError: gone")


# Hooks, database, mail, the app


def test_what_is_wrong_in_the_hooks_is_found_and_hides_nothing_else(found, project, name):
    (project / f"{name}_hooks.py").write_text('scheduler_events = {"dayly": ["time.time"]}')

    said = found()

    assert "did you mean 'daily'" in str(said)
    assert "beats" in said


def test_a_database_without_tables_is_found(found, well, monkeypatch, tmp_path):  # noqa: ARG001
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")

    assert "hookbeat migrate" in found()["database"][0]


def test_a_mail_server_is_asked_where_somebody_named_one(found, well, monkeypatch):  # noqa: ARG001
    url = f"smtp://localhost:{free_port()}"
    monkeypatch.setenv("HOOKBEAT_SMTP_URL", url)
    assert found()["mail"][0].startswith(f"the mail server at {url.removeprefix('smtp://')} does")


def test_a_mail_server_that_takes_us_is_no_problem(
    found,
    well,  # noqa: ARG001 -- how it stands
    monkeypatch,
    smtp_sink: SmtpSink,
):
    monkeypatch.setenv("HOOKBEAT_SMTP_URL", f"smtp://127.0.0.1:{smtp_sink.port}")

    assert "mail" not in found()
    assert smtp_sink.messages == []


def test_messages_that_come_back_while_their_run_goes_on_are_found(found, well, project, name):  # noqa: ARG001
    app = project / f"{name}_app.py"
    app.write_text(
        f'{app.read_text()}\napp.conf.broker_transport_options["visibility_timeout"] = 60\n'
    )

    [said] = found()["app"]

    assert said.startswith("a message comes back after 0:01:00, and a run may take 0:25:30")


def test_after_how_many_days_messages_come_back_is_told(hookbeat, project, name):
    app = project / f"{name}_app.py"
    days = 'app.conf.broker_transport_options["visibility_timeout"] = 2 * 24 * 60 * 60'
    app.write_text(f"{app.read_text()}\n{days}\n")

    assert "messages come back after 2 days" in hookbeat("doctor").output


def test_an_app_that_cannot_be_made_hides_nothing_else(found, project, name):
    (project / f"{name}_app.py").write_text("import sys; sys.exit('no enum of features')")

    said = found()

    assert "no enum of features" in said["app"][0]
    assert "beats" in said


def test_redis_away_is_one_finding_and_the_record_is_still_looked_at(found, well, away, sessions):
    run = a_run(well.operator.now(), Outcome.FAILED, error="LookupError")
    keep(sessions, run)
    away()

    said = found()

    assert "cannot be reached" in said["reach"][0]
    assert run.entry in said
