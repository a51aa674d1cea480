"""Redis or the database is away for a minute, or Redis forgets everything: no run is lost.

Three installations side by side, as most of the time nothing happens in any of them.
"""

from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.servers import PostgresServer, wait_until
from tests.system.loaded import CLOCK, Loaded, after, loaded

#: How long each of them is away, in seconds.
AWAY = 60

ENTRIES = [{"task": "work.work", "name": f"work-{number}"} for number in range(3)]
#: One of them is always under way.
SLOW = {"task": "work.work", "name": "slow", "kwargs": {"seconds": 1.5}}


@dataclass
class Houses:
    redis_away: Loaded
    database_away: Loaded
    flushed: Loaded
    #: Messages that were in its queue when it was flushed.
    waiting: int = 0


@pytest.fixture(scope="module")
def own_postgres():
    """One that only the installation has whose database goes away."""
    server = PostgresServer("synchronous_commit=on")
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def houses(tmp_path_factory, postgres_server, own_postgres):
    with ExitStack() as stack:

        def house(name, server):
            made = stack.enter_context(loaded(tmp_path_factory.mktemp(name), server))
            made.declare_each_second(*ENTRIES, SLOW, seconds=AWAY + 30)
            made.begin()
            made.start_beat()
            return made

        houses = Houses(
            house("redis-away", postgres_server),
            house("database-away", own_postgres),
            house("flushed", postgres_server),
        )
        for each in (houses.redis_away, houses.database_away):
            each.start_named("worker", "-c4")
        with houses.flushed.client() as redis:
            houses.waiting = wait_until(
                lambda: (count := redis.llen("default")) >= 50 and count, within=90
            )
            redis.flushall()
        houses.flushed.start_named("worker", "-c4")
        for each in (houses.redis_away, houses.database_away):
            wait_until(lambda each=each: len(each.done()) > 20, within=60)

        houses.redis_away.redis.kill()
        # Its sessions are ended in the middle of whatever they do.
        own_postgres.stop_at_once()
        began = CLOCK.monotonic()
        after(AWAY, since=began)
        own_postgres.start()
        houses.redis_away.redis.start()
        yield houses


def test_while_redis_is_away_no_run_is_lost_or_doubled(houses):
    house = houses.redis_away

    house.settle(within=120)

    assert "redis.lost" in house.said()
    house.assert_each_ran_once()


def test_while_the_database_is_away_no_run_is_lost_or_doubled(houses):
    house = houses.database_away

    house.settle(within=120)

    assert "record.away" in house.said()
    house.assert_each_ran_once()


def test_what_waited_in_a_redis_that_was_wiped_runs_once(houses):
    house = houses.flushed

    house.settle(within=120)

    assert houses.waiting >= 50
    assert "redis.restored" in house.said()
    house.assert_each_ran_once()
