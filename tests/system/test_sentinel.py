"""Redis behind three sentinels: the master dies, and due times go on as if nothing had been."""

import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.sentinels import SentinelSetup
from tests.system.installation import Installation

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
    """A migrated project behind the sentinels; `every` second a trace."""
    folder = tmp_path / "project"
    folder.mkdir()
    installation = Installation(folder, HOOKBEAT_REDIS_URL=sentinels.url)
    installation.write("hooks.py", 'scheduler_events = {"every": {"1s": ["jobs.trace"]}}\n')
    installation.run("hookbeat", "migrate")
    yield installation
    installation.close()


def goes_on(installation: Installation, wait_until, runs: int) -> None:
    seen = len(installation.ran())
    wait_until(lambda: len(installation.ran()) >= seen + runs, within=40)


def expect_each_due_time_once(installation: Installation, wait_until) -> None:
    """The newest may run before an older one that another process has in hand."""

    def gaps() -> set[timedelta]:
        instants = sorted(map(datetime.fromisoformat, installation.ran()))
        return {later - earlier for earlier, later in pairwise(instants)}

    wait_until(lambda: gaps() == {SECOND})


def test_when_the_master_is_killed_each_due_time_still_runs_once(
    installation, sentinels, wait_until
):
    beat, worker = installation.start_beat(), installation.start_worker()
    goes_on(installation, wait_until, 3)

    killed = sentinels.master()
    killed.kill()
    wait_until(lambda: sentinels.master() not in (None, killed), within=30)

    goes_on(installation, wait_until, 6)
    expect_each_due_time_once(installation, wait_until)
    assert "redis.found" in beat.said
    assert beat.alive
    assert worker.alive


def test_a_master_that_was_frozen_and_comes_back_as_a_replica_gets_nothing_more(
    installation, sentinels, wait_until
):
    beat, worker = installation.start_beat(), installation.start_worker()
    goes_on(installation, wait_until, 3)

    frozen = sentinels.master()
    frozen.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: sentinels.master() not in (None, frozen), within=30)
    frozen.process.send_signal(signal.SIGCONT)

    goes_on(installation, wait_until, 6)
    expect_each_due_time_once(installation, wait_until)
    assert beat.alive
    assert worker.alive


def test_a_run_by_hand_finds_the_master_of_now(installation, sentinels, wait_until):
    installation.write("hooks.py", 'scheduler_events = {"yearly": ["jobs.trace"]}\n')
    killed = sentinels.master()
    killed.kill()
    wait_until(lambda: sentinels.master() not in (None, killed), within=30)

    installation.run("hookbeat", "run", "jobs.trace")

    with sentinels.client() as redis:
        assert redis.llen("default") == 1
