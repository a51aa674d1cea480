"""What was sent and never started, on a real Redis and a real database."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from beat_schedule.dispatch.deaths import Deaths
from beat_schedule.dispatch.drain import Drain
from beat_schedule.dispatch.heads import MOST
from beat_schedule.dispatch.orphans import ORPHANED
from beat_schedule.dispatch.reconcile import Reconciler
from beat_schedule.entries import backfill_id
from beat_schedule.policies import Overlap, Policy, untracked
from beat_schedule.schedules import Cron, Every, Governed
from beat_schedule.store import open_runs
from beat_schedule.store.awaiting import await_start
from beat_schedule.store.engine import Sessions
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Trigger
from tests.beat_house import Beat, Leader
from tests.openings import an_opening

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TOKENS = "test:hookbeat:main:active"
QUEUE = "test:celery"


class House:
    """A beat that decides, drains and reconciles, while no worker is there."""

    def __init__(self, beat: Beat, sessions: Sessions) -> None:
        self.beat = beat
        self.sessions = sessions
        self.record = Journal(sessions)
        self.leader: Leader
        self._drain: Drain
        self._reconciler: Reconciler

    def start(self, *plain: str, **entries: Any) -> None:
        """Lead from now on, with hourly entries of these names and with `entries`."""
        hourly = {"schedule": Governed(Every("1h"), Policy())}
        made = dict.fromkeys(plain, hourly) | {key: hourly | entries[key] for key in entries}
        leader = self.leader = self.beat.start(self.record, **made)
        self._drain = Drain(leader.state, self.record, leader.lease, leader.clock)
        self._reconciler = Reconciler(
            state=leader.state,
            record=self.record,
            roster=leader.roster,
            messages=self.beat.publishers[-1],
            witness=leader.lease._witness,
            lease=leader.lease,
            deaths=Deaths(leader.clock),
            clock=leader.clock,
        )
        self.live(SECOND)

    def live(self, span: timedelta) -> int:
        """Let it pass, and say how many copies were sent meanwhile."""
        copies = 0
        for _ in range(span // SECOND):
            self.beat.clock.advance(SECOND)
            self.leader.make()
            self._drain.drain()
            copies += self._reconciler.reconcile()
        return copies

    def ask_for(self, key: str, due_at: datetime, run: uuid.UUID | None = None) -> str:
        """Send a run of long ago, as people do."""
        now, run = self.beat.clock.now(), run or uuid.uuid4()
        entry = self.leader.roster[key].entry
        [push] = self.beat.publishers[-1].message(entry, due_at, now, run=run).pushes
        self.beat.redis.lpush(push.key, push.payload)
        asked = {"entry": key, "due_at": due_at, "trigger": Trigger.MANUAL, "queued_at": now}
        with self.sessions.begin() as session:
            assert await_start(session, an_opening(run_id=run, **asked))
        return str(run)

    def purge(self) -> None:
        self.beat.redis.delete(QUEUE)


@pytest.fixture
def house(beat: Beat, sessions: Sessions) -> House:
    return House(beat, sessions)


def test_a_message_that_was_lost_is_sent_again_and_one_that_lies_in_its_queue_is_not(house: House):
    house.start("hourly")
    assert house.live(120 * SECOND) == 0

    house.purge()
    copies = house.live(65 * SECOND)

    assert copies == 1
    assert house.beat.sent() == [("hourly", NOON)]


def test_a_run_that_lies_behind_messages_of_others_is_not_sent_again(house: House):
    foreign = json.dumps({"body": "", "headers": {"task": "other.app"}, "properties": {}})
    house.start("hourly")
    house.live(20 * SECOND)
    house.beat.redis.rpush(QUEUE, *[foreign] * 3)
    assert house.live(600 * SECOND) == 0

    house.beat.redis.rpush(QUEUE, *[foreign] * MOST)
    assert house.live(600 * SECOND) == 0

    house.beat.redis.delete(QUEUE)
    house.beat.redis.rpush(QUEUE, foreign)
    assert house.live(65 * SECOND) == 1


def test_a_run_of_long_ago_is_sent_again_once_its_message_was_lost(
    house: House, caplog: pytest.LogCaptureFixture
):
    house.start(hourly={"schedule": Governed(Every("1h"), Policy(overlap=Overlap.ALLOW))})
    runs = [house.ask_for("hourly", NOON - days * timedelta(days=1)) for days in (2, 1)]
    assert house.live(120 * SECOND) == 0

    house.purge()
    house.live(45 * SECOND)

    sent = [message["headers"] for message in house.beat.messages()]
    assert [each["hookbeat_run"] for each in sent if each["hookbeat_trigger"] == "manual"] == runs
    assert caplog.text.count("run.sent_again") == len(sent)


def test_a_run_whose_message_cannot_be_built_any_more_stops_no_other(
    house: House, caplog: pytest.LogCaptureFixture
):
    house.start("bad", "good")
    house.purge()

    house.start("good", bad={"kwargs": {"what": object()}})
    copies = house.live(65 * SECOND)

    assert copies == 1
    assert house.beat.sent() == [("good", NOON)]
    assert caplog.text.count("run.not_sent_again") == 1


def test_of_a_run_of_long_ago_too_it_is_said_once(house: House, caplog: pytest.LogCaptureFixture):
    hourly = {"schedule": Governed(Every("1h"), Policy(overlap=Overlap.ALLOW))}
    house.start(bad=hourly)
    house.ask_for("bad", NOON - timedelta(days=1))

    house.start(bad=hourly | {"options": {"serializer": "unheard of"}})
    house.live(80 * SECOND)

    failed = [each for each in caplog.records if "run.not_sent_again" in each.getMessage()]
    assert len(failed) == 2


def test_a_run_of_an_entry_that_nobody_follows_any_more_is_not_sent_again(house: House):
    house.start("hourly", "other")
    house.live(20 * SECOND)

    house.start("other", hourly={"schedule": Governed(Every("1h"), untracked(Policy()))})
    house.purge()
    house.live(65 * SECOND)

    assert house.beat.sent() == [("other", NOON)]


def test_a_queue_that_is_no_list_any_more_stops_no_other(house: House):
    house.start("good", bad={"options": {"queue": "broken"}})
    house.purge()
    house.beat.redis.set("test:broken", "somebody's string")

    assert house.live(65 * SECOND) == 1
    assert house.beat.sent() == [("good", NOON)]


def test_tokens_are_cleared_although_a_message_cannot_be_built(house: House):
    house.start("bad", "good")
    house.start("good", bad={"kwargs": {"what": object()}})
    house.beat.redis.hset(TOKENS, "gone", "w|00000000-0000-0000-0000-000000000000")

    house.live(ORPHANED + 5 * SECOND)

    assert set(house.beat.redis.hgetall(TOKENS)) == {"good", "bad"}


def test_a_run_by_hand_is_not_in_the_way_for_long_but_a_backfill_keeps_its_turn(house: House):
    house.start("single", "backfilled")
    day_before = NOON - timedelta(days=1)
    runs = {
        "single": house.ask_for("single", day_before),
        "backfilled": house.ask_for(
            "backfilled", day_before, backfill_id("backfilled", day_before)
        ),
    }
    house.beat.redis.hset(TOKENS, mapping={key: f"w|{run}" for key, run in runs.items()})

    house.live(ORPHANED + 5 * SECOND)

    assert house.beat.redis.hgetall(TOKENS) == {"backfilled": f"w|{runs['backfilled']}"}


def test_more_unstarted_runs_than_are_looked_at_keep_their_tokens(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(open_runs, "MOST", 1)
    house.start("one", "other")

    house.live(ORPHANED + 5 * SECOND)

    assert set(house.beat.redis.hgetall(TOKENS)) == {"one", "other"}


def test_runs_of_entries_that_are_declared_no_longer_stop_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(open_runs, "MOST", 1)
    minute_past = {"schedule": Governed(Cron("1 12 * * *"), Policy())}
    house.start("gone", stays=minute_past)
    house.live(61 * SECOND)
    house.start(stays=minute_past)
    house.purge()

    assert house.live(65 * SECOND) == 1


def test_what_was_lost_under_a_former_key_is_sent_again_with_the_task_of_today(house: House):
    house.start("hourly")
    house.purge()

    policy = Policy(formerly=("hourly",))
    house.start(renamed={"schedule": Governed(Every("1h"), policy), "task": "tasks.moved"})
    copies = house.live(65 * SECOND)

    (message,) = house.beat.messages()
    assert (copies, house.beat.sent()) == (1, [("hourly", NOON)])
    assert message["headers"]["task"] == "tasks.moved"
