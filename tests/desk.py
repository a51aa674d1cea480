"""A project whose commands are tried in this process, and a leader that does as it is told."""

import json
import uuid
from datetime import datetime, timedelta

import redis

from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.pushes import Message, Push
from beat_schedule.dispatch.state import State
from beat_schedule.dispatch.values import Candidate, Declared, Item
from beat_schedule.keys import MAIN
from beat_schedule.policies import Overlap
from tests.servers import CLOCK, wait_until

APP = """
from celery import Celery

from beat_schedule.runs.install import install
from beat_schedule.settings import Settings
from beat_schedule.translate import load

settings = Settings.read()
app = Celery("somebody", set_as_current=False)
install(app, settings, load(settings))
"""

HOOKS = """
scheduler_events = {
    "hourly": ["NAME_tasks.count", {"task": "NAME_tasks.beside", "overlap": "allow"}],
    "daily_maintenance": ["NAME_tasks.tidy"],
}
"""

TASKS = """
def count(kind="loans"): ...
def beside(): ...
def tidy(): ...
"""

PREFIX = "op:"

HOUR = timedelta(hours=1)

#: No test takes longer that asks what was due on the hour.
LONGEST = timedelta(seconds=20)


class Leader:
    """Does to the state what a beat does."""

    def __init__(self, url: str, clock: str = MAIN) -> None:
        client = redis.Redis.from_url(url)
        self.close = client.close
        self.clock = clock
        self.state = State(client, PREFIX, group=clock)
        self.operator = Operator(client, PREFIX)

    def lead(self, beat="web1-7-ab", generation="g1", **card) -> "Leader":
        seen = self.stand_by(beat, generation, **card)
        self.grant = f"grant of {beat}"
        assert self.state.take(beat, generation, seen, self.grant)
        return self

    def stand_by(self, beat, generation="g1", **card):
        said = {"host": beat, "pid": 7, "version": "1.0", "offset": 0.25, "doubt": ""} | card
        return self.state.watch(beat, generation, said)

    def look_at(self, entry, *, spread=timedelta(0)):
        self.state.adopt(self.grant, [Declared(entry, spread, "its schedule")])
        # What is due now must be due later than that, in whole milliseconds.
        seen = self.operator.last(entry) + timedelta(milliseconds=1)
        wait_until(lambda: self.operator.now() > seen)

    def advance(self, *, behind=timedelta(0), owing=None):
        sight = self.operator.look(self.clock)
        self.state.advance(self.grant, sight.now - behind, owing or {}, [])

    def decide(self, entry, due_at):
        """Offer one due time to be sent; the line that stands in the journal then."""
        message = Message((Push("LPUSH", f"{PREFIX}default", "{}"),), "default", 0)
        item = Item(due_at, due_at, 1, None, message=message, run=str(uuid.uuid4()))
        last = self.operator.last(entry)
        self.state.decide(self.grant, [Candidate(entry, last, timedelta(0), Overlap.SKIP, [item])])
        return self.state.read(1000).decided[-1]


def last_hour() -> datetime:
    """When what is due every hour was due last; the next time comes after the test that asks."""

    def found() -> datetime | None:
        now = CLOCK.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        return hour if now < hour + HOUR - LONGEST else None

    return wait_until(found, within=2 * LONGEST.seconds)


#: Who changes an entry, and why.
WHY = ("--why", "backlog", "--by", "ada")


def shown(hookbeat, key):
    """What is said of an entry, as a machine has it."""
    return told(hookbeat("entry", "show", key, "--json"))


def told(done):
    """What a command says to a machine."""
    assert done.exit_code in {0, 1}, done.output
    return json.loads(done.stdout)
