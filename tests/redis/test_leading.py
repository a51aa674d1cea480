"""Who leads, and what a new leader finds; on a real Redis with a clock that the test moves."""

from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule.dispatch.drain import Drain
from beat_schedule.dispatch.errors import DoubtError, NotLeaderError, WentBackError
from beat_schedule.dispatch.lease import PATIENCE, TRUST
from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.recover import recover
from beat_schedule.dispatch.state import State
from beat_schedule.errors import RecordAwayError
from beat_schedule.policies import Policy
from beat_schedule.schedules import Cron, Every, Governed
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.journal import Journal
from tests.beat_house import Beat, Leader, clocked_prelude
from tests.holds import a_pause

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)

PAUSE = a_pause(since=NOON)


def test_of_two_beats_one_leads_and_everything_is_sent_once(beat: Beat):
    leader = beat.start(each=Every("1s"))
    standby = beat.stand_by(each=Every("1s"))

    for _ in range(5):
        beat.clock.advance(SECOND)
        leader.make()
        standby.beat()

    assert standby.term is None
    assert beat.sent() == [("each", NOON + n * SECOND) for n in range(5)]


def test_a_standby_takes_over_from_a_silent_leader_after_its_patience_and_not_before(beat: Beat):
    beat.start(each=Every("1s")).make()
    standby = beat.stand_by(each=Every("1s"))

    beat.clock.advance(timedelta(seconds=PATIENCE) - SECOND)
    standby.beat()
    assert standby.term is None

    beat.clock.advance(SECOND)
    standby.beat()

    assert standby.term is not None


def test_a_standby_takes_over_at_once_from_a_leader_that_hands_over(beat: Beat):
    leader = beat.start(each=Every("1s"))
    standby = beat.stand_by(each=Every("1s"))

    leader.lease.release()
    standby.beat()

    assert standby.term is not None


def test_a_leader_trusts_its_lease_for_less_than_others_wait(beat: Beat):
    leader = beat.start(each=Every("1s"))

    beat.clock.advance(timedelta(seconds=TRUST))

    assert leader.lease.term is None
    assert TRUST < PATIENCE


def test_a_leader_that_was_frozen_and_replaced_sends_nothing_when_it_wakes(beat: Beat):
    frozen = beat.start(each=Every("1s"))
    standby = beat.stand_by(each=Every("1s"))
    beat.clock.advance(timedelta(seconds=PATIENCE))
    standby.beat()
    assert standby.term

    with pytest.raises(NotLeaderError):
        frozen.passes.make()
    frozen.lease.beat()

    assert frozen.lease.term is None
    assert beat.sent() == []


def test_a_newer_set_of_entries_makes_the_leader_of_the_old_one_give_way(beat: Beat):
    old = beat.start(each=Every("1s"))
    new = beat.stand_by(each=Every("2s"))

    old.lease.beat()
    new.beat()

    assert old.lease.term is None
    assert new.term is not None


def test_a_redis_whose_clock_jumps_ahead_sends_nothing_early(beat: Beat):
    leader = beat.start(hourly=Cron("0 * * * *"))
    leader.make()

    with pytest.raises(DoubtError):
        leader.make(redis_is_ahead_by=HOUR)

    assert beat.sent() == []


def test_a_cursor_in_the_future_is_doubted(beat: Beat):
    leader = beat.start(hourly=Cron("0 * * * *"))
    beat.clock.advance(HOUR)
    leader.make()
    beat.clock.step(-HOUR)

    with pytest.raises(DoubtError, match="the cursor is 3600 s ahead"):
        beat.start(hourly=Cron("0 * * * *")).make()


def test_a_redis_that_went_back_under_its_leader_is_noticed_and_loses_nothing(beat: Beat):
    leader = beat.start(each=Every("1s"))
    beat.clock.advance(SECOND)
    leader.make()
    earlier = beat.snapshot()
    beat.clock.advance(SECOND)
    leader.make()

    beat.restore(earlier)
    with pytest.raises(WentBackError):
        leader.make()
    beat.start(each=Every("1s")).make()

    assert beat.sent() == [("each", NOON), ("each", NOON + SECOND)]


def recovered(leader: Leader, record: Journal) -> None:
    assert leader.lease.term
    recover(leader.state, record, leader.lease.term.grant, leader.roster.declared)


def drained(leader: Leader, record: Journal) -> int:
    return Drain(leader.state, record, leader.lease, leader.clock).drain()


def test_a_wiped_redis_goes_on_from_the_record_and_decides_no_due_time_twice(
    beat: Beat, sessions: Sessions
):
    record = Journal(sessions)
    entries = {"hourly": Cron("0 * * * *"), "monthly": Cron("30 14 1 * *")}
    beat.clock.step(datetime(2026, 4, 30, 23, 30, tzinfo=UTC) - beat.clock.now())
    leader = beat.start(**entries)
    recovered(leader, record)
    leader.make()
    beat.clock.advance(HOUR)
    leader.make()
    assert drained(leader, record) == 1

    beat.wipe()
    beat.clock.advance(14 * HOUR + timedelta(minutes=35))
    beat.start(record=record, **entries).make()

    # Midnight was decided before; since then the newest stands for the others.
    may = datetime(2026, 5, 1, tzinfo=UTC)
    assert beat.sent() == [("hourly", may + 15 * HOUR), ("monthly", may + 14.5 * HOUR)]


def test_a_wiped_redis_does_not_decide_again_what_was_sent_after_its_spread(
    beat: Beat, sessions: Sessions
):
    record = Journal(sessions)
    entries = {
        "spread": Governed(Cron("0 * * * *"), Policy(spread=timedelta(minutes=17))),
        "plain": Cron("0 18 * * *"),
    }
    leader = beat.start(record=record, **entries)
    beat.clock.advance(timedelta(minutes=17))
    leader.make()
    drained(leader, record)
    beat.clock.advance(SECOND)
    leader.make()
    # The leader died before the checkpoint that belongs to these lines.
    record.keep(leader.state.read(100).decided, [], None)
    assert beat.sent() == [("spread", NOON)]

    beat.wipe()
    beat.start(record=record, **entries).make()

    assert beat.sent() == []


def test_with_neither_redis_nor_record_at_hand_nothing_is_decided(beat: Beat):
    leader = beat.start(hourly=Cron("0 * * * *"))
    away = Journal(make_sessions(make_engine("postgresql://nobody@127.0.0.1:1/none")))

    with pytest.raises(RecordAwayError):
        recovered(leader, away)


def test_a_pause_outlives_a_wiped_redis(beat: Beat, sessions: Sessions):
    record = Journal(sessions)
    leader = beat.start(each=Every("1s"))
    recovered(leader, record)
    leader.make()
    Operator(leader.state.redis, "test:", clocked_prelude()).hold(PAUSE)
    drained(leader, record)

    beat.wipe()
    again = beat.start(record=record, each=Every("1s"))
    beat.clock.advance(3 * SECOND)
    again.make()

    assert beat.sent() == []
    assert beat.journal()[-1]["reason"] == "paused by ada: deploy"


def test_a_pause_said_to_another_redis_before_it_is_forgotten_holds(
    beat: Beat, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
):
    record = Journal(sessions)
    leader = beat.start(record=record, each=Every("1s"))
    leader.make()
    drained(leader, record)
    leader.state.redis.set("test:hookbeat:main:install", "another")
    forget = State.forget

    def forget_what_was_just_said(self, grant):
        record.keep([], [PAUSE], None)
        forget(self, grant)

    monkeypatch.setattr(State, "forget", forget_what_was_just_said)
    beat.clock.advance(3 * SECOND)
    beat.start(record=record, each=Every("1s")).make()

    assert beat.sent() == []
