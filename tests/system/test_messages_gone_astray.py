"""Messages that come twice or not at all, and workers that are there when nobody thinks so.

All in one installation side by side, as each of them takes a minute.
"""

import json
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.servers import wait_until
from tests.system.installation import Process
from tests.system.loaded import CLOCK, Loaded, after, loaded

#: Celery delivers again what was not acknowledged for 10 s, and looks for such each second.
IMPATIENT = '''
"""The app, with a visibility timeout that no run of ours would have."""

from worker.celery import app

app.conf.broker_transport_options |= {
    "visibility_timeout": 10,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
}
'''

#: Each has its own, so that it meets the worker that is meant for it.
QUEUES = ("held", "frozen", "unknown", "taken")

#: How long runs hold the interpreter, and workers are frozen, in seconds.
MINUTE = 60


@dataclass
class Astray:
    """What was begun, and with whom."""

    house: Loaded
    workers: dict[str, Process] = field(default_factory=dict)
    #: The runs that are waited for.
    runs: dict[str, str] = field(default_factory=dict)
    frozen_at: float = 0

    def work(self, name: str, queue: str, **environ: str) -> Process:
        """A worker for this queue, when it is ready."""
        worker = self.house.start_named(name, "-Q", queue, **environ)
        wait_until(lambda: "ready." in worker.said, within=60)
        self.workers[name] = worker
        return worker

    def ask_for(self, task: str) -> str:
        """A run of it, as soon as it has begun."""
        told = json.loads(self.house.run("hookbeat", "run", f"work.{task}", "--json").stdout)
        wait_until(lambda: self.house.began()[told["id"], 1], within=60)
        return str(told["id"])

    def ended(self, which: str, within: float) -> dict:
        """All that is on record of the run, when it has ended."""
        run = self.runs[which]
        ended = "SELECT id FROM run WHERE id = %s AND state = 'ended'"
        wait_until(lambda: self.house.ask(ended, run), within=within)
        return self.story(which)

    def story(self, which: str) -> dict:
        told = self.house.run("hookbeat", "logs", self.runs[which], "--json")
        return json.loads(told.stdout)


@pytest.fixture(scope="module")
def astray(tmp_path_factory, postgres_server):
    with loaded(tmp_path_factory.mktemp("astray"), postgres_server) as house:
        house.environ["HOOKBEAT_QUEUES"] = ",".join(f"{queue}=300" for queue in QUEUES)
        house.write("impatient.py", IMPATIENT)
        house.write("older.py", "scheduler_events = {}\n")
        handlers = [
            {"task": "work.hold_the_interpreter", "kwargs": {"seconds": MINUTE}, "queue": "held"},
            {"task": "work.work_until_told", "queue": "frozen"},
        ]
        house.declare({"yearly": handlers})
        house.begin()
        # Nothing is due before its beat has started, which takes long where others are busy too.
        until = CLOCK.now() + timedelta(seconds=30)
        each_second = {"task": "work.work", "overlap": "allow", "not_after": until.isoformat()}
        often = [each_second | {"name": queue, "queue": queue} for queue in ("unknown", "taken")]
        house.declare({"yearly": handlers, "every": {"1s": often}})
        house.start_beat()
        astray = Astray(house)
        hold(astray)
        freeze(astray)
        wait_until(lambda: CLOCK.now() > until + timedelta(seconds=2), within=40)
        take(astray)
        drop(astray)
        yield astray


def hold(astray):
    """A run keeps the interpreter of its process, and its message comes again after 10 s."""
    command = ["celery", "-A", "impatient", "worker", "-Q", "held", "-c2", "-lINFO"]
    astray.workers["held"] = astray.house.start(*command)
    astray.runs["held"] = astray.ask_for("hold_the_interpreter")


def freeze(astray):
    """A worker is frozen in the middle of a run, and another stands by."""
    worker = astray.work("frozen", "frozen")
    astray.runs["frozen"] = astray.ask_for("work_until_told")
    worker.freeze()
    astray.frozen_at = CLOCK.monotonic()
    astray.work("frozen-2", "frozen")


def take(astray):
    """A worker dies after Redis gave it a message, and before it noted that it has it."""
    with astray.house.client() as redis:
        *others, first = redis.lrange("taken", 0, -1)
        redis.delete("taken")
        worker = astray.work("taken", "taken")

        def is_taken():
            worker.freeze()
            redis.lpush("taken", first)
            if not redis.llen("taken"):
                return True
            # It was not waiting in this moment.
            redis.delete("taken")
            worker.wake()
            return False

        wait_until(is_taken)
        worker.kill()
        message = json.loads(first)
        assert not redis.hexists("unacked", message["properties"]["delivery_tag"])
        redis.rpush("taken", *others)
    astray.runs["taken"] = message["headers"]["hookbeat_run"]
    astray.work("taken-2", "taken")


def drop(astray):
    """A worker takes what it does not know."""
    older = astray.work("older", "unknown", HOOKBEAT_HOOKS="older")
    with astray.house.client() as redis:
        wait_until(lambda: not redis.llen("unknown") and "task.unknown" in older.said)
    older.stop()
    astray.work("newer", "unknown")


def test_a_message_that_comes_again_is_dropped_on_record_and_starts_nothing(astray):
    run, worker = astray.runs["held"], astray.workers["held"]

    wait_until(lambda: "run.dropped" in worker.said, within=40)

    (dropped,) = [each for each in astray.story("held")["events"] if each["event"] == "dropped"]
    assert "was handed it once more: already running" in dropped["text"]
    assert [began for began in astray.house.began() if began[0] == run] == [(run, 1)]


def test_a_run_that_holds_the_interpreter_for_a_minute_is_not_taken_over(astray):
    story = astray.ended("held", within=90)

    assert (story["outcome"], story["attempt"], story["lost_count"]) == ("succeeded", 1, 0)
    assert astray.house.began()[astray.runs["held"], 1] == 1


def test_a_worker_that_wakes_after_a_minute_has_its_work_refused(astray):
    run = astray.runs["frozen"]
    wait_until(lambda: astray.house.began()[run, 2], within=40)
    astray.house.write("go", "")

    story = astray.ended("frozen", within=20)
    after(MINUTE, since=astray.frozen_at)
    astray.workers["frozen"].wake()
    wait_until(lambda: "run.disowned" in astray.workers["frozen"].said, within=30)

    assert [each["ending"] for each in story["attempts"]] == ["lost", "succeeded"]
    assert story["attempts"][0]["worker"].startswith("frozen@")
    assert astray.house.done()[run] == 2
    assert astray.story("frozen") == story


def test_a_message_that_died_with_its_worker_on_the_way_is_sent_again(astray):
    story = astray.ended("taken", within=120)

    assert (story["outcome"], story["attempt"]) == ("succeeded", 1)
    assert [each["event"] for each in story["events"]] == ["sent again"]


def test_what_a_worker_did_not_know_is_sent_again_to_one_that_does(astray):
    sent = "SELECT run::text FROM occurrence WHERE entry = 'unknown' AND decision = 'sent'"
    ran = "SELECT id::text FROM run WHERE entry = 'unknown' AND outcome = 'succeeded'"

    wait_until(lambda: astray.house.ask(ran), within=120)
    wait_until(lambda: len(astray.house.ask(ran)) == len(astray.house.ask(sent)), within=120)

    assert len(astray.house.ask(sent)) > 5
    assert set(astray.house.ask(ran)) == set(astray.house.ask(sent))
    assert max(astray.house.began().values()) == 1
