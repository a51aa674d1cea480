"""What the doctor reads from Redis's own words, and how it is watched."""

import click
import pytest
from click.testing import CliRunner

from beat_schedule.cli.doctor import follow
from beat_schedule.errors import Problem
from beat_schedule.overview import Examined
from beat_schedule.overview.checks import broker
from beat_schedule.testing import ManualClock

#: Of a server that lacks nothing.
INFO = {
    "redis_version": "7.2.4",
    "role": "master",
    "aof_enabled": 1,
    "aof_last_write_status": "ok",
    "rdb_last_bgsave_status": "ok",
    "maxmemory_policy": "noeviction",
    "maxmemory": 100_000_000,
    "used_memory": 20_000_000,
}


def test_a_server_that_lacks_nothing_has_no_problem():
    assert list(broker.problems_of(INFO)) == []


@pytest.mark.parametrize(
    ("lacks", "reason"),
    [
        ({"redis_version": "6.0.16"}, "it is version 6.0.16"),
        ({"cluster_enabled": 1}, "it is part of a Redis Cluster"),
        ({"role": "slave"}, "it is a replica"),
        ({"aof_enabled": 0}, "it may forget what waits in the queues"),
        ({"aof_last_write_status": "err"}, "its last write to disk failed"),
        ({"rdb_last_bgsave_status": "err"}, "its last snapshot to disk failed"),
        ({"maxmemory_policy": "allkeys-lru"}, "it throws keys away (allkeys-lru)"),
        ({"used_memory": 90_000_000}, "90% of its memory is taken (90 MB of 100 MB)"),
    ],
)
def test_what_a_server_lacks_is_found(lacks, reason):
    [problem] = broker.problems_of(INFO | lacks)

    assert reason in problem.reason
    assert problem.cure


def test_watching_tells_what_comes_and_what_goes():
    clock = ManualClock()
    looks = iter(
        [
            Examined((), []),
            Examined((), [Problem("queue long", "3 waiting", "start a worker")]),
            Examined((), [Problem("queue long", "7 waiting", "start a worker")]),
            Examined((), []),
        ]
    )

    def look():
        for found in looks:
            return found
        raise KeyboardInterrupt

    @click.command()
    def watch():
        follow(look, clock, as_json=False)

    lines = CliRunner().invoke(watch).output.splitlines()

    assert [line.partition("Z ")[2] for line in lines] == [
        "all is well",
        "found queue long: 3 waiting",
        "",
        "over queue long: 7 waiting",
        "",
    ]
    assert clock.slept == [10.0] * 4
