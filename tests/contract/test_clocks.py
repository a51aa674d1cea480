"""Clocks in Celery's beat: each has a lease of its own, in one process or in several."""

from datetime import UTC, datetime, timedelta

import pytest
import redis
from celery import Celery
from sqlalchemy import select

from beat_schedule.decisions import EVERYTHING, Hold, HoldKind
from beat_schedule.dispatch.operator import Operator
from beat_schedule.entries import Entry
from beat_schedule.errors import SettingsError
from beat_schedule.runs.install import install
from beat_schedule.scheduler import Scheduler
from beat_schedule.schedules import Every
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.migrate import migrate
from beat_schedule.store.models import Checkpoint
from beat_schedule.tokens import Tokens
from beat_schedule.translate import Translation


def entry(clock, queue):
    return Entry(
        key=f"of {clock}",
        task="time.time",
        schedule=Every("1s"),
        queue=queue,
        event="clock",
        clock=clock,
        place="here",
    )


ENTRIES = (entry("main", "default"), entry("algolia", "algolia"), entry("titelive", "titelive"))


@pytest.fixture
def schedulers(redis_url, redis_client, sqlite_url):  # noqa: ARG001 -- empties it
    """Schedulers as in processes of their own, for the clocks that are named, else for all."""
    engine = make_engine(sqlite_url)
    migrate(engine, Settings(database_url=sqlite_url))
    engine.dispose()
    made = []

    def scheduler(*clocks):
        settings = Settings(redis_url=redis_url, database_url=sqlite_url, clocks=clocks)
        app = Celery("house", set_as_current=False)
        install(app, settings, Translation(entries=ENTRIES))
        made.append(Scheduler(app=app))
        return made[-1]

    yield scheduler
    for each in made:
        each.close()
        each.app.hookbeat.release()
        each.app.close()


@pytest.fixture
def leads(redis_client):
    def leads(*clocks):
        leases = [redis_client.hget(f"hookbeat:{clock}:lease", "grant") for clock in clocks]
        return all(leases)

    return leads


@pytest.fixture
def operator(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        yield Operator(client, "")


def test_one_beat_stands_for_every_clock_where_none_is_named(
    schedulers, leads, redis_client, tick_until
):
    beat = schedulers()

    tick_until(beat, lambda: leads("main", "algolia", "titelive"))
    tick_until(beat, lambda: all(map(redis_client.llen, ("default", "algolia", "titelive"))))

    assert redis_client.hkeys("hookbeat:algolia:last") == ["of algolia"]
    assert redis_client.hkeys("hookbeat:main:last") == ["of main"]


def test_a_beat_of_one_clock_leaves_the_others_alone(schedulers, leads, redis_client, tick_until):
    beat = schedulers("algolia")

    tick_until(beat, lambda: redis_client.llen("algolia"))

    assert leads("algolia")
    assert not leads("main")
    assert not redis_client.llen("default")


def test_the_end_of_one_clocks_beat_touches_no_other(schedulers, leads, redis_client, tick_until):
    common, algolia = schedulers("main"), schedulers("algolia", "titelive")
    tick_until(common, lambda: leads("main"))
    tick_until(algolia, lambda: leads("algolia", "titelive"))
    term = redis_client.hget("hookbeat:main:lease", "term")

    algolia.close()

    assert not leads("algolia")
    assert not leads("titelive")
    tick_until(common, lambda: redis_client.llen("default"))
    assert redis_client.hget("hookbeat:main:lease", "term") == term


def test_beats_of_one_clock_stand_by_for_each_other(schedulers, leads, redis_client, tick_until):
    first, second = schedulers("algolia"), schedulers("algolia")
    tick_until(first, lambda: leads("algolia"))
    tick_until(second, lambda: redis_client.hlen("hookbeat:algolia:beats") == 2)
    owner = redis_client.hget("hookbeat:algolia:lease", "owner")

    first.close()

    tick_until(
        second,
        lambda: leads("algolia") and redis_client.hget("hookbeat:algolia:lease", "owner") != owner,
    )


def test_each_clock_has_a_checkpoint_of_its_own(schedulers, sqlite_url, tick_until):
    beat = schedulers()
    engine = make_engine(sqlite_url)

    def named():
        with make_sessions(engine)() as session:
            rows = session.execute(select(Checkpoint.name, Checkpoint.cursor))
            return sorted(name for name, cursor in rows if cursor)

    tick_until(beat, lambda: named() == ["algolia", "main", "titelive"])
    engine.dispose()


def test_a_pause_of_everything_holds_every_clock(
    schedulers, leads, operator, redis_client, tick_until
):
    beat = schedulers()
    tick_until(beat, lambda: leads("main", "algolia", "titelive"))

    held = operator.hold(
        Hold(
            target=EVERYTHING,
            kind=HoldKind.PAUSED,
            since=datetime(2026, 11, 21, tzinfo=UTC),
            until=None,
            by="ada",
            why="",
            version=0,
        )
    )

    assert operator.clocks() == ["main", "algolia", "titelive"]
    for clock in operator.clocks():
        assert operator.look(clock).holds == [held]
    redis_client.delete("algolia")
    later = operator.now() + timedelta(seconds=2)
    tick_until(beat, lambda: (operator.look("algolia").cursor or later) > later)
    assert not redis_client.llen("algolia")


def test_the_beats_of_an_entry_hear_that_its_run_is_over(schedulers, redis_client):
    clock_of = schedulers().app.hookbeat.clock_of
    tokens = Tokens(redis_client, "", clock_of=clock_of)
    redis_client.hset("hookbeat:algolia:owing", "of algolia", "1|1|it waits")
    heard = redis_client.pubsub(ignore_subscribe_messages=True)
    heard.subscribe("hookbeat:algolia:wake")
    heard.get_message(timeout=10)

    tokens.end("of algolia", "a run")

    assert heard.get_message(timeout=5)["data"] == "ended of algolia"
    heard.close()
    assert clock_of("of nobody") == "main"


def test_a_clock_that_nobody_declares_ends_a_beat_that_starts(schedulers):
    with pytest.raises(SettingsError, match="did you mean 'algolia'"):
        schedulers("algoila")


def test_the_log_says_of_which_clock_a_lease_is(schedulers, leads, tick_until, caplog):
    caplog.set_level("INFO", logger="hookbeat.beat")

    tick_until(schedulers("main", "algolia"), lambda: leads("main", "algolia"))

    taken = [said for said in caplog.messages if said.startswith("lease.taken ")]
    assert sorted("clock='algolia'" in said for said in taken) == [False, True]
