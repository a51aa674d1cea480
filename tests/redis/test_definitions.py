"""What operators say of entries takes effect in a running beat, and outlives it."""

from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule.decisions import Checkpoint, Definition, EntryKind
from beat_schedule.schedules import Cron, Every
from tests.beat_house import Beat

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Record:
    """A record that knows what operators said, and a checkpoint."""

    def __init__(self, said, cursor=None):
        self.said = said
        self.cursor = cursor
        self.asked = []

    def checkpoint(self):
        return Checkpoint(install="ours", cursor=self.cursor, owing={})

    def decided_after(self, _instant):
        return {}

    def holds(self):
        return ()

    def definitions(self, after, most):
        self.asked.append(after)
        return [each for each in self.said if each.version > after][:most]


@pytest.fixture
def said(beat: Beat):
    """An operator says it now, and it is known to Redis."""
    versions = iter(range(1, 1000))

    def said(key, kind=EntryKind.ENTRY, *, at=None, **options):
        definition = Definition(
            key=key,
            kind=kind,
            options=options or None,
            version=next(versions),
            at=at or beat.clock.now(),
        )
        beat.define(definition)
        return definition

    return said


def due(beat: Beat, key: str):
    return [at for entry, at in beat.sent() if entry == key]


def test_a_new_entry_runs_from_now_on(beat: Beat, said):
    leader = beat.start(hourly=Cron("0 * * * *"))
    leader.make()
    said("new", every="20s")
    leader.make()

    for _ in range(3):
        beat.clock.advance(20 * SECOND)
        leader.make()

    assert due(beat, "new") == [NOON + n * 20 * SECOND for n in range(3)]
    assert due(beat, "hourly") == [NOON]


def test_what_is_due_once_runs_once_also_when_no_beat_was_there(beat: Beat, said):
    beat.start().make()
    said("once", once=(NOON + 5 * SECOND).isoformat())
    beat.clock.advance(MINUTE)

    leader = beat.start()
    leader.make()
    beat.clock.advance(MINUTE)
    leader.make()

    assert due(beat, "once") == [NOON + 5 * SECOND]


def test_a_due_time_between_two_passes_belongs_to_an_entry_made_before_it(beat: Beat, said):
    leader = beat.start(second=Every("1s"))
    leader.make()
    said("new", cron="0 12 * * *")
    beat.clock.advance(SECOND)

    # The cursor comes to noon before anybody knows of it.
    leader.passes.make()
    leader.make()

    assert due(beat, "new") == [NOON]


def test_an_entry_that_is_removed_runs_no_more(beat: Beat, said):
    leader = beat.start()
    said("new", every="1s")
    beat.clock.advance(SECOND)
    leader.make()
    said("new")

    for _ in range(3):
        beat.clock.advance(SECOND)
        leader.make()

    assert due(beat, "new") == [NOON]


def test_one_that_is_removed_and_made_again_misses_what_lies_between(beat: Beat, said):
    leader = beat.start()
    said("new", every="1s")
    leader.make()
    said("new")
    leader.make()
    beat.clock.advance(10 * SECOND)
    leader.make()
    said("new", every="1s")
    leader.make()
    beat.clock.advance(SECOND)
    leader.make()

    assert due(beat, "new") == [NOON + 10 * SECOND]


def test_an_override_counts_from_now_on_and_until_it_is_dropped(beat: Beat, said):
    leader = beat.start(often=Every("20s"))
    leader.make()
    said("often", EntryKind.OVERRIDE, every="30s")
    for _ in range(7):
        beat.clock.advance(10 * SECOND)
        leader.make()
    overridden = due(beat, "often")
    said("often", EntryKind.OVERRIDE)
    for _ in range(6):
        beat.clock.advance(10 * SECOND)
        leader.make()

    assert overridden == [NOON, NOON + 30 * SECOND, NOON + 60 * SECOND]
    assert due(beat, "often")[3:] == [NOON + 80 * SECOND, NOON + 100 * SECOND, NOON + 120 * SECOND]


def test_an_override_outlives_the_beat_and_the_deploy(beat: Beat, said):
    beat.start(often=Every("20s")).make()
    said("often", EntryKind.OVERRIDE, every="1h")

    leader = beat.start(often=Every("10s"), other=Every("2h"))
    for _ in range(6):
        beat.clock.advance(10 * SECOND)
        leader.make()

    assert due(beat, "often") == [NOON]


def test_an_override_of_what_no_code_declares_waits_for_it(beat: Beat, said):
    leader = beat.start(other=Every("1h"))
    said("later", EntryKind.OVERRIDE, every="1s")
    beat.clock.advance(10 * SECOND)
    leader.make()

    assert due(beat, "later") == []

    leader = beat.start(other=Every("1h"), later=Every("1h"))
    leader.make()
    beat.clock.advance(SECOND)
    leader.make()

    assert len(due(beat, "later")) == 1


def test_what_cannot_be_meant_is_logged_once_and_stops_no_other(beat: Beat, said, caplog):
    leader = beat.start(own=Cron("0 * * * *"))
    said("bad", cron="61 * * * *")
    said("own", EntryKind.OVERRIDE, every="soon")
    said("good", cron="0 * * * *")
    leader.make()
    leader.make()

    assert caplog.text.count("entry.left_out") == 2
    assert caplog.text.count("place='bad'") == caplog.text.count("place='own'") == 1
    beat.clock.advance(SECOND)
    leader.make()
    assert sorted(beat.sent()) == [("good", NOON), ("own", NOON)]


def test_the_newer_version_wins_whoever_comes_first(beat: Beat, said):
    leader = beat.start()
    old = said("new", every="1s")
    said("new")
    leader.make()

    beat.define(old)

    assert leader.follow() == set()
    beat.clock.advance(10 * SECOND)
    leader.make()
    assert beat.sent() == []


def test_a_change_costs_what_it_touches(beat: Beat, said):
    leader = beat.start()
    for number in range(50):
        said(f"new {number}", every="1h")
    leader.make()

    said("new 7", every="2h")

    assert leader.follow() == {"new 7"}
    assert leader.follow() == set()


def test_what_redis_missed_comes_from_the_record(beat: Beat, said):
    definitions = [said(f"new {number}", every="1h") for number in range(3)]
    missed = Definition(
        key="new 1", kind=EntryKind.ENTRY, options={"every": "1s"}, version=9, at=NOON
    )
    leader = beat.start(Record([*definitions, missed]))

    beat.clock.advance(SECOND)
    leader.make()
    beat.clock.advance(SECOND)
    leader.make()

    assert due(beat, "new 1")[-1] == NOON + SECOND


def test_a_wiped_redis_is_put_back_with_all_that_was_said_and_nothing_is_lost(beat: Beat, said):
    made = said("new", cron="0 12 * * *", at=NOON - 300 * MINUTE)
    gone = said("gone", every="1s")
    said("gone")
    beat.start(Record([made])).make()
    beat.wipe()
    beat.clock.advance(10 * SECOND)

    removed = Definition(key="gone", kind=gone.kind, options=None, version=3, at=NOON)
    leader = beat.start(Record([made, removed], cursor=NOON - SECOND))
    leader.make()

    assert beat.sent() == [("new", NOON)]


def test_a_wipe_in_the_middle_of_bringing_begins_anew(beat: Beat, said):
    leader = beat.start()
    definitions = [said(f"new {number}", every="1h") for number in range(3)]

    assert beat.define(definitions[0], known=0)
    beat.wipe()
    leader.say_the_time(timedelta(0))

    assert not beat.define(definitions[1], known=1)
    assert leader.state.defined("new 1") is None
    assert leader.state.defined_upto() == 0


def test_a_beat_that_knew_more_than_a_redis_that_went_back_reads_it_anew(beat: Beat, said):
    leader = beat.start()
    before = said("new", every="1h")
    leader.follow()
    beat.wipe()
    leader.say_the_time(timedelta(0))
    leader.definitions.doubt(leader.state)

    assert leader.follow() == set()

    beat.define(Definition(**{**_fields(before), "version": 100}))
    assert leader.follow() == {"new"}


def _fields(definition):
    return {name: getattr(definition, name) for name in definition.__slots__}


def test_what_was_taken_back_is_forgotten_after_90_days_and_what_stands_is_not(beat: Beat, said):
    beat.start()
    said("stands", every="1h")
    said("gone", every="1h")
    said("back", every="1h")
    said("gone")
    said("back")
    beat.clock.advance(timedelta(days=89))
    said("back", every="2h")
    said("gone later", every="1h")
    said("gone later")
    known = {"stands", "gone", "back", "gone later"}
    assert set(beat.redis.hkeys("test:hookbeat:main:defined")) == known

    beat.clock.advance(timedelta(days=2))
    said("new", every="1h")

    left = {"stands", "back", "gone later", "new"}
    assert set(beat.redis.hkeys("test:hookbeat:main:defined")) == left
    assert set(beat.redis.zrange("test:hookbeat:main:defined_at", 0, -1)) == left
