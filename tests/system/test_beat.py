"""Beat and worker as processes: killed, restarted, without Redis for a while."""

import signal
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from tests.system.installation import Installation

SECOND = timedelta(seconds=1)


def gaps(due_times: Sequence[str]) -> list[timedelta]:
    instants = [datetime.fromisoformat(due_at) for due_at in sorted(due_times)]
    return [later - earlier for earlier, later in pairwise(instants)]


def test_a_beat_killed_and_restarted_over_due_times_runs_each_once(installation, wait_until):
    installation.start_worker()
    beat = installation.start_beat()
    wait_until(lambda: len(installation.ran()) >= 3, within=60)

    beat.kill()
    last = installation.client().hget("hookbeat:main:last", "jobs.trace@every:1s")
    wait_until(lambda: installation.client().time()[0] > int(last) / 1000 + 3)
    installation.start_beat()
    seen = len(installation.ran())
    wait_until(lambda: len(installation.ran()) >= seen + 6, within=30)

    # Side by side: for an instant one may be missing that is under way.
    wait_until(lambda: set(gaps(installation.ran())) == {SECOND})


def test_beat_and_worker_wait_for_a_redis_that_is_not_there_at_start(installation, wait_until):
    installation.redis.stop()
    beat, worker = installation.start_beat(), installation.start_worker()
    wait_until(lambda: "redis.lost" in beat.said and "Cannot connect" in worker.said, within=60)

    installation.redis.start()

    wait_until(lambda: len(installation.ran()) >= 2, within=60)
    assert beat.alive
    assert worker.alive


def test_while_redis_is_away_due_times_stay_due_and_nothing_is_lost(installation, wait_until):
    beat, worker = installation.start_beat(), installation.start_worker()
    wait_until(lambda: len(installation.ran()) >= 3, within=60)

    installation.redis.stop()
    wait_until(lambda: "redis.lost" in beat.said)
    installation.redis.start()

    seen = len(installation.ran())
    wait_until(lambda: len(installation.ran()) >= seen + 5, within=60)
    # Side by side: for an instant one may be missing that is under way.
    wait_until(lambda: set(gaps(installation.ran())) == {SECOND})
    assert len(set(installation.ran())) == len(installation.ran())
    assert beat.alive
    assert worker.alive


def test_sigterm_ends_a_beat_with_exit_code_0(installation: Installation, wait_until):
    beat = installation.start_beat()
    wait_until(lambda: "beat.started" in beat.said, within=60)

    assert beat.stop() == 0


def test_sigterm_ends_a_beat_that_waits_for_a_redis_that_hangs(installation, wait_until):
    beat = installation.start_beat()
    wait_until(lambda: "beat.started" in beat.said, within=60)

    installation.redis.process.send_signal(signal.SIGSTOP)
    try:
        wait_until(lambda: "redis.lost" in beat.said, within=30)
        assert beat.stop() == 0
    finally:
        installation.redis.process.send_signal(signal.SIGCONT)


def test_a_beat_that_was_frozen_while_another_stood_in_loses_and_doubles_nothing(
    installation, wait_until
):
    one, other = installation.start_beat(), installation.start_beat()
    installation.start_worker()
    wait_until(lambda: len(installation.ran()) >= 3, within=60)

    for frozen in (one, other):
        seen = len(installation.ran())
        frozen.signal(signal.SIGSTOP)
        wait_until(lambda seen=seen: len(installation.ran()) >= seen + 3, within=30)
        frozen.signal(signal.SIGCONT)
    seen = len(installation.ran())
    wait_until(lambda: len(installation.ran()) >= seen + 4, within=30)

    # Side by side: for an instant one may be missing that is under way.
    wait_until(lambda: set(gaps(installation.ran())) == {SECOND})
    assert len(set(installation.ran())) == len(installation.ran())
