"""Numbers for Prometheus, as it gets them."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from beat_schedule.clock import SystemClock
from beat_schedule.decisions import EVERYTHING
from beat_schedule.metrics import Numbers
from beat_schedule.metrics.names import GAUGES, TALLIES, named
from beat_schedule.settings import Settings
from beat_schedule.store.audit import CHANGES_NOTHING, RUN_DUE, note
from beat_schedule.store.models import Outcome, Run, RunState
from beat_schedule.workers import WorkerCard
from tests.desk import PREFIX
from tests.recorded import a_run, keep
from tests.servers import free_port


@pytest.fixture
def numbers(hookbeat):
    """What one look gives: `numbers()["hookbeat_up", "redis"]`."""

    def numbers():
        done = hookbeat("metrics", "--once")
        assert done.exit_code == 0, done.output
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(done.stdout)
            for sample in family.samples
        }

    return numbers


def test_one_look_tells_how_it_stands(numbers, well, workers, redis_client, sessions):
    workers.show("celery@one", WorkerCard(queues=("default",), slots=4, busy=1, offset=0.5))
    redis_client.lpush(f"{PREFIX}long", "{}", "{}")
    run = a_run(well.operator.now(), Outcome.FAILED, error="LookupError")
    waiting = {"state": RunState.WAITING, "not_before": well.operator.now()}
    keep(sessions, run, a_run(well.operator.now(), None), a_run(run.due_at, None, **waiting))

    told = numbers()

    assert told["hookbeat_up", "redis"] == told["hookbeat_up", "database"] == 1
    assert told["hookbeat_leader", "main"] == 1
    assert told["hookbeat_beats", "main", "standby"] == 1
    assert 0 <= told["hookbeat_scheduling_debt_seconds", "main"] < 60
    assert told["hookbeat_workers", "alive"] == 1
    assert told["hookbeat_worker_slots", "celery@one"] == 4
    assert told["hookbeat_clock_offset_seconds", "worker celery@one"] == 0.5
    assert told["hookbeat_queue_depth", "long"] == 2
    assert told["hookbeat_queue_workers", "long"] == 0
    assert told["hookbeat_entry_failing", run.entry] == 1
    assert told["hookbeat_runs_open", "running"] == told["hookbeat_runs_open", "waiting"] == 1


def test_each_clock_has_numbers_of_its_own(numbers, well, leader_of):  # noqa: ARG001
    leader_of("booking").lead("web3-1-ef").advance(behind=timedelta(minutes=2))

    told = numbers()

    assert told["hookbeat_leader", "main"] == told["hookbeat_leader", "booking"] == 1
    assert told["hookbeat_beats", "main", "standby"] == 1
    assert told["hookbeat_beats", "booking", "standby"] == 0
    assert told["hookbeat_last_pass_seconds", "main"] < 60
    assert 120 <= told["hookbeat_last_pass_seconds", "booking"] < 180


def test_where_cron_makes_the_passes_that_is_told(numbers, leader, sessions):
    assert numbers()[("hookbeat_driven_by_cron",)] == 0

    leader.lead().advance()
    leader.state.release(leader.grant, "web1-7-ab")
    by_cron = {"by": RUN_DUE, "action": CHANGES_NOTHING, "target": EVERYTHING}
    with sessions.begin() as session:
        note(session, at=leader.operator.now(), who="root@web1", **by_cron)

    told = numbers()
    assert told[("hookbeat_driven_by_cron",)] == 1
    assert told["hookbeat_leader", "main"] == 0


def test_every_name_that_is_told_is_one_that_is_known(numbers, well):  # noqa: ARG001 -- how it stands
    known = {named(name) for name in (*GAUGES, *TALLIES)}

    names = {name for name, *_ in numbers()}

    assert {name for name in names if not any(name.startswith(each) for each in known)} == set()


def test_what_is_away_is_left_out_and_said_to_be_away(numbers, well, away):  # noqa: ARG001
    away()

    told = numbers()

    assert (told["hookbeat_up", "redis"], told["hookbeat_up", "database"]) == (0, 1)
    assert ("hookbeat_leader", "main") not in told
    assert told[("hookbeat_entries_failing",)] == 0


def test_runs_are_counted_once_as_they_end(sessions, sqlite_url, redis_url):
    numbers = Numbers(Settings(database_url=sqlite_url, redis_url=redis_url), SystemClock())

    def counted():
        return {
            (sample.name.removeprefix("hookbeat_"), *sample.labels.values()): sample.value
            for family in numbers.collect()
            for sample in family.samples
        }

    now = SystemClock().now()
    before, long = a_run(now), a_run(now - timedelta(hours=1), None, queue="long")
    keep(sessions, before, long)
    assert ("runs_total", "default", "succeeded") not in counted()

    queued = {"due_at": now - timedelta(seconds=3), "queued_at": now - timedelta(seconds=1)}
    keep(sessions, a_run(now, **queued), a_run(now, Outcome.SKIPPED, attempt=0))
    with sessions.begin() as session:
        row = session.get_one(Run, long.id)
        row.state, row.outcome, row.finished_at = RunState.ENDED, Outcome.FAILED, now

    for _ in range(2):
        told = counted()
        assert told["runs_total", "default", "succeeded"] == 1
        assert told["runs_total", "default", "skipped"] == 1
        assert told["runs_total", "long", "failed"] == 1
        assert told["run_duration_seconds_sum", "long"] == pytest.approx(3600, abs=1)
        assert told["run_queued_delay_seconds_sum", "default"] == pytest.approx(2)
        assert told["run_started_delay_seconds_sum", "default"] == pytest.approx(1)


def test_the_lead_that_changes_hands_is_counted(leader, sqlite_url, redis_url):
    settings = Settings(database_url=sqlite_url, redis_url=redis_url, prefix=PREFIX)
    numbers = Numbers(settings, SystemClock())

    def changes():
        found = {each.name: each for each in numbers.collect()}
        return found["hookbeat_leader_changes"].samples[0].value

    leader.lead()
    assert changes() == 0

    leader.state.release(leader.grant, "web1-7-ab")
    leader.lead("web2-9-cd")

    assert changes() == 1


def test_it_is_served_until_it_is_ended(hookbeat, project, wait_until):  # noqa: ARG001 -- its environment
    port = free_port()
    command = [sys.executable, "-c", "from beat_schedule.cli import main; main()"]
    process = subprocess.Popen(
        [*command, "metrics", "--port", str(port)], cwd=project, env=os.environ
    )

    def asked():
        with suppress(URLError), urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            return answer.read().decode()
        return ""

    try:
        assert "hookbeat_up" in wait_until(asked, within=30)
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


def test_machines_may_have_it_as_json(hookbeat, well):  # noqa: ARG001 -- how it stands
    rows = json.loads(hookbeat("metrics", "--json").stdout)

    assert {"name": "hookbeat_leader", "labels": {"clock": "main"}, "value": 1.0} in rows
