"""What becomes of a run that fails, dies, comes too late or finds another in its way.

Read from top to bottom: each test is a promise. `shop.deliver(entry)` hands a worker the message of
a due time; `shop.bury()` is the beat that has seen its worker silent for long enough.
"""

import json
import re
import sys
import uuid
from datetime import timedelta
from types import ModuleType

import pytest
from click.testing import CliRunner

from beat_schedule.cli import main
from beat_schedule.entries import run_id
from beat_schedule.runs.call import call_of_function
from beat_schedule.runs.process import Process
from beat_schedule.runs.verdict import Dropped, GoesOnError
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.gate import open_run
from beat_schedule.store.journal import Journal
from beat_schedule.store.runs import Opening
from beat_schedule.translate import load
from tests.openings import an_opening

MINUTE = timedelta(minutes=1)

HOOKS = {
    "hourly": [
        {"task": "shop_tasks.fetch", "name": "fetch", "retries": 2, "retry_backoff": "1m"},
        {
            "task": "shop_tasks.pay",
            "name": "pay",
            "retries": 5,
            "retry_on": ["ConnectionError"],
        },
        {"task": "shop_tasks.count", "name": "count", "on_lost": "rerun:1"},
        {"task": "shop_tasks.send", "name": "send", "on_lost": "fail"},
        {"task": "shop_tasks.greet", "name": "greet", "expires": "5m"},
        {"task": "shop_tasks.stack", "name": "stack", "overlap": "queue"},
    ],
}


class Shop:
    """Entries of a hooks module, a worker that takes their messages, and a beat that looks."""

    def __init__(self, settings, clock):
        self.settings, self.clock = settings, clock
        translation = load(settings)
        assert not translation.problems
        self.entries = {entry.key: entry for entry in translation.entries}
        self.process = Process(settings, entries=translation.entries, clock=clock)
        self._engine = make_engine(settings.database_url.get_secret_value())
        self.sessions = make_sessions(self._engine)
        self.record = Journal(self.sessions)

    def opening(self, key: str) -> Opening:
        """Of the run that was due on the hour."""
        entry, now = self.entries[key], self.clock.now()
        due_at = now.replace(minute=0, second=0, microsecond=0)
        return an_opening(
            run_id=run_id(key, due_at),
            token=uuid.uuid4(),
            entry=key,
            task=entry.task,
            due_at=due_at,
            started_at=now,
            overlap=entry.policy.overlap,
            expires_at=entry.policy.expires_at(due_at),
            reruns=entry.run_policy.reruns,
        )

    def deliver(self, key, task=lambda: None):
        """A worker carries the run out, if it may; what Celery is told."""
        opening = self.opening(key)
        call, policy = call_of_function(task, (), {}), self.process.policy(opening)
        try:
            return self.process.runner.carry_out(opening, call, policy=policy)
        except (GoesOnError, ArithmeticError, OSError) as error:
            return error

    def begin(self, key):
        """A worker begins the run, and is not heard of again."""
        with self.sessions.begin() as session:
            return open_run(session, self.opening(key))

    def bury(self):
        """The beat has seen for long enough that nobody shows any sign of life."""
        for dead in self.record.running():
            self.record.take_over(dead, self.clock.now())

    def waits(self):
        """What the beat would send now, for it waits in its row."""
        found = self.record.waiting(self.clock.now(), self.entries.keys())
        return [sent.entry for sent in found]

    def told(self, *words: str) -> str:
        return CliRunner().invoke(main, words).output

    def last(self):
        """The latest run, as `hookbeat runs` has it."""
        [run, *_] = json.loads(self.told("runs", "--json"))
        return run

    def story(self) -> str:
        return re.sub(r"\s+", " ", self.told("logs", str(self.last()["id"])))

    def close(self):
        self.process.release()
        self._engine.dispose()


@pytest.fixture
def shop(settings, clock, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    hooks, tasks = ModuleType("shop_hooks"), ModuleType("shop_tasks")
    hooks.scheduler_events = HOOKS
    for name in ("fetch", "pay", "count", "send", "greet", "stack"):
        setattr(tasks, name, lambda: None)
    for module in (hooks, tasks):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", settings.database_url.get_secret_value())
    made = Shop(settings.model_copy(update={"hooks": ("shop_hooks",)}), clock)
    yield made
    made.close()


def failing(error):
    def task():
        raise error

    return task


def test_a_run_that_fails_is_tried_again_after_a_pause_and_all_of_it_is_one_run(shop):
    shop.deliver("fetch", failing(OSError("no route")))
    assert (shop.last()["state"], shop.waits()) == ("waiting", [])

    shop.clock.advance(2 * MINUTE)
    assert shop.waits() == ["fetch"]
    shop.deliver("fetch")

    assert (shop.last()["outcome"], shop.last()["attempt"]) == ("succeeded", 2)
    assert "OSError: no route" in shop.story()


def test_after_its_last_attempt_it_has_failed(shop):
    for _ in range(3):
        shop.deliver("fetch", failing(OSError("no route")))
        shop.clock.advance(15 * MINUTE)

    assert (shop.last()["outcome"], shop.last()["attempt"]) == ("failed", 3)
    assert shop.waits() == []


def test_what_retry_on_does_not_name_is_not_tried_again(shop):
    shop.deliver("pay", failing(ZeroDivisionError()))

    assert shop.last()["outcome"] == "failed"


def test_a_run_whose_worker_dies_goes_on_elsewhere_and_its_story_tells_of_both(shop):
    shop.begin("count")
    shop.bury()
    assert shop.waits() == ["count"]

    shop.deliver("count")

    assert (shop.last()["outcome"], shop.last()["attempt"]) == ("succeeded", 2)
    assert "somewhere gave no sign of life any more" in shop.story()


def test_one_that_kills_every_worker_is_given_up(shop):
    for _ in range(2):
        shop.begin("count")
        shop.bury()

    assert (shop.last()["outcome"], shop.waits()) == ("lost", [])


def test_one_that_must_not_be_repeated_is_lost_at_once(shop):
    shop.begin("send")
    shop.bury()

    assert (shop.last()["outcome"], shop.last()["attempt"]) == ("lost", 1)


def test_one_that_comes_too_late_never_starts(shop):
    shop.clock.advance(6 * MINUTE)
    ran = []

    verdict = shop.deliver("greet", lambda: ran.append("greet"))

    assert isinstance(verdict, Dropped)
    assert (shop.last()["outcome"], ran) == ("expired", [])
    assert "expired" in shop.told("runs")


def test_a_second_run_of_an_entry_is_skipped_while_the_first_is_under_way(shop):
    shop.begin("count")
    shop.clock.advance(60 * MINUTE)

    shop.deliver("count")

    assert shop.last()["outcome"] == "skipped"
    assert str(shop.last()["reason"]).startswith("overlap with ")


def test_or_waits_for_its_turn_where_the_entry_says_so(shop):
    first = shop.opening("stack")
    shop.begin("stack")
    shop.clock.advance(60 * MINUTE)

    shop.deliver("stack")
    assert shop.last()["state"] == "waiting"
    assert str(first.run_id) in str(shop.last()["reason"])


def test_whatever_is_delivered_twice_starts_once_and_the_record_knows(shop):
    shop.deliver("count")
    ran = []

    shop.deliver("count", lambda: ran.append("again"))

    assert (ran, shop.last()["outcome"]) == ([], "succeeded")
    assert "was handed it once more: already succeeded" in shop.story()
