"""Redis behind three sentinels: the master dies, and due times go on as if nothing had been."""

import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import redis

from tests.sentinels import SentinelSetup
from tests.servers import RedisServer
from tests.system.installation import Installation, Process

SECOND = timedelta(seconds=1)


@pytest.fixture
def sentinels(tmp_path: Path) -> Iterator[SentinelSetup]:
    """Writes that no replica could get are refused."""
    setup = SentinelSetup(tmp_path, "--min-replicas-to-write", "1")
    setup.start()
    yield setup
    setup.stop()


@pytest.fixture
def installation(tmp_path: Path, sentinels: SentinelSetup) -> Iterator[Installation]:
    installation = migrated(tmp_path, {"HOOKBEAT_REDIS_URL": sentinels.url})
    yield installation
    installation.close()


def migrated(tmp_path: Path, environ: dict[str, str]) -> Installation:
    """A project with tables; `every` second a trace, however late."""
    folder = tmp_path / "project"
    folder.mkdir()
    installation = Installation(folder, **environ)
    handler = {"task": "jobs.trace", "overlap": "allow", "catch_up": "all"}
    installation.write("hooks.py", f'scheduler_events = {{"every": {{"1s": [{handler}]}}}}\n')
    installation.run("hookbeat", "migrate")
    return installation


def both_start(installation: Installation) -> tuple[Process, Process]:
    return installation.start_beat(), installation.start_worker()


def goes_on(installation: Installation, wait_until, runs: int) -> None:
    seen = len(installation.ran())
    wait_until(lambda: len(installation.ran()) >= seen + runs, within=60)


def expect_each_due_time_once(installation: Installation, wait_until) -> None:
    """The newest may run before an older one that another process has in hand."""

    def gaps() -> set[timedelta]:
        instants = sorted(map(datetime.fromisoformat, installation.ran()))
        return {later - earlier for earlier, later in pairwise(instants)}

    wait_until(lambda: gaps() == {SECOND})


def test_when_the_master_is_killed_each_due_time_still_runs_once(
    installation, sentinels, wait_until
):
    beat, worker = both_start(installation)
    goes_on(installation, wait_until, 3)

    killed = sentinels.master()
    killed.kill()
    sentinels.wait_for_another(than=killed)

    goes_on(installation, wait_until, 6)
    expect_each_due_time_once(installation, wait_until)
    # The command line, which was never connected before, finds the new master too.
    installation.run("hookbeat", "run", "jobs.trace")
    assert "beat.recovered" in beat.said
    assert "redis.unsafe" not in beat.said
    assert beat.alive
    assert worker.alive


def test_a_master_that_was_frozen_and_comes_back_as_a_replica_gets_nothing_more(
    installation, sentinels, wait_until
):
    beat, worker = both_start(installation)
    goes_on(installation, wait_until, 3)

    frozen = sentinels.master()
    frozen.process.send_signal(signal.SIGSTOP)
    sentinels.wait_for_another(than=frozen)
    frozen.process.send_signal(signal.SIGCONT)

    goes_on(installation, wait_until, 6)
    expect_each_due_time_once(installation, wait_until)
    assert beat.alive
    assert worker.alive


def test_what_went_to_a_master_after_it_was_replaced_is_decided_again_and_runs_once(
    installation, sentinels, wait_until
):
    with sentinels.client() as master:
        master.config_set("min-replicas-to-write", 0)
    beat, worker = both_start(installation)
    goes_on(installation, wait_until, 3)
    first = sentinels.master()

    sentinels.hand_over()
    sentinels.wait_until_replica(first)

    goes_on(installation, wait_until, 6)
    expect_each_due_time_once(installation, wait_until)
    assert "run.dropped" in worker.said
    assert "redis.unsafe" in beat.said
    assert beat.alive
    assert worker.alive


def test_both_sides_of_a_split_send_and_the_gate_admits_each_due_time_once(
    tmp_path: Path, wait_until
):
    (tmp_path / "replica").mkdir()
    installation = migrated(tmp_path, {})
    one = installation.redis
    other = RedisServer(tmp_path / "replica", "--replicaof", "127.0.0.1", str(one.port))
    one.start()
    other.start()
    try:
        both_start(installation)
        goes_on(installation, wait_until, 3)
        with redis.Redis.from_url(other.url) as client:
            wait_until(lambda: client.info("replication")["master_link_status"] == "up")
            client.replicaof("NO", "ONE")
        installation.environ["HOOKBEAT_REDIS_URL"] = other.url
        both_start(installation)

        wait_until(lambda: installation.said().count("run.dropped") >= 5, within=30)

        expect_each_due_time_once(installation, wait_until)
    finally:
        installation.close()
        other.kill()
