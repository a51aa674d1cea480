"""200 runs, and in the middle of them a child, a worker and a whole host are gone."""

import json
import os
import signal
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from tests.servers import wait_until
from tests.system.loaded import CLOCK, Line, Loaded, loaded

RUNS = 200

#: Five a second, of a second each: they keep five of six children busy.
WORK = {"task": "work.work", "kwargs": {"seconds": 1}}
ENTRIES = [WORK | {"name": f"work-{number}"} for number in range(5)]


@dataclass
class Drama:
    """What was done to them, and when."""

    house: Loaded
    #: By what died: the moment, and the runs that it had under way.
    deaths: dict[str, tuple[datetime, set[str]]] = field(default_factory=dict)

    def note(self, who: str) -> None:
        self.deaths[who] = CLOCK.now(), set(self.house.running_on(who))

    def lost(self, who: str) -> list[tuple[str, int]]:
        """The runs that lost an attempt with it, and the number of that attempt."""
        question = "SELECT run_id::text, number FROM attempt WHERE worker LIKE %s"
        return self.house.ask(question, f"{who}@%")

    def seconds_until_taken_over(self, who: str, run: str, attempt: int) -> float:
        """From its death to the beginning of that run's next attempt."""
        at, _ = self.deaths[who]
        ((began,),) = self.house.ask(
            "SELECT started_at FROM attempt WHERE run_id = %s AND number = %s "
            "UNION ALL SELECT started_at FROM run WHERE id = %s AND attempt = %s",
            *[run, attempt + 1] * 2,
        )
        return (began - at) / timedelta(seconds=1)


@pytest.fixture(scope="module")
def drama(tmp_path_factory, postgres_server):
    folder = tmp_path_factory.mktemp("drama")
    with (
        loaded(folder, postgres_server) as house,
        closing(Line(postgres_server.port)) as database,
        closing(Line(house.redis.port)) as redis,
    ):
        house.declare_each_second(*ENTRIES, seconds=55)
        house.begin()
        drama = Drama(house)
        house.start_beat()
        child = house.start_named("child")
        worker = house.start_named("worker")
        far = {"HOOKBEAT_DATABASE_URL": database.url(house.database_url)}
        host = house.start_named("host", HOOKBEAT_REDIS_URL=redis.url(house.redis.url), **far)

        wait_until(lambda: len(house.done()) > RUNS * 0.1 and house.running_on("child"), within=90)
        drama.note("child")
        for pid in child.children:
            os.kill(pid, signal.SIGKILL)

        wait_until(lambda: len(house.done()) > RUNS * 0.3 and house.running_on("worker"), within=60)
        drama.note("worker")
        worker.kill()
        house.start_named("worker-2")

        wait_until(lambda: len(house.done()) > RUNS * 0.5 and house.running_on("host"), within=60)
        drama.note("host")
        host.freeze()
        for line in (database, redis):
            line.set("stall")
        house.start_named("host-2")

        house.settle(within=120)
        # The zombie wakes up, and finds its work somebody else's.
        for line in (database, redis):
            line.set("pass")
        host.wake()
        wait_until(lambda: "run.disowned" in host.said, within=60)
        yield drama


@pytest.mark.parametrize("who", ["child", "worker", "host"])
def test_each_of_them_had_runs_under_way(drama, who):
    _, running = drama.deaths[who]

    assert {run for run, _ in drama.lost(who)} & running


def test_each_run_ends_in_exactly_one_success(drama):
    house = drama.house

    sent = house.decisions()["sent"]
    assert sent >= RUNS
    assert house.gaps() == []
    assert house.decisions() == {"sent": sent}
    assert house.outcomes() == {"succeeded": sent}
    # Of each the work was committed once, and by the attempt that is on record.
    assert house.done() == dict(house.ask("SELECT id::text, attempt FROM run"))
    assert max(house.began().values()) == 1


@pytest.mark.parametrize("who", ["child", "worker", "host"])
def test_each_is_taken_over_within_30_seconds(drama, who):
    took = {
        run: drama.seconds_until_taken_over(who, run, number) for run, number in drama.lost(who)
    }

    assert max(took.values()) < 30, took


@pytest.mark.parametrize(
    ("who", "why", "events"),
    [
        ("child", "its process was ended by SIGKILL", []),
        ("worker", "worker@", ["taken over"]),
        ("host", "host@", ["taken over"]),
    ],
)
def test_the_record_tells_the_story_of_every_attempt(drama, who, why, events):
    for run, number in drama.lost(who):
        story = json.loads(drama.house.run("hookbeat", "logs", run, "--json").stdout)

        attempts = story["attempts"]
        assert [each["number"] for each in attempts] == list(range(1, len(attempts) + 1))
        assert Counter(each["ending"] for each in attempts)["succeeded"] == 1
        lost = attempts[number - 1]
        assert lost["ending"] == "lost"
        assert why in lost["reason"]
        assert lost["worker"].startswith(f"{who}@")
        told = [each["event"] for each in story["events"]]
        assert set(events) <= set(told)


def test_there_were_no_other_losses(drama):
    (lost,) = drama.house.ask("SELECT count(*) FROM attempt")

    assert lost == (sum(len(drama.lost(who)) for who in drama.deaths),)
