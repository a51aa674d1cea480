"""What operators said is known again to a Redis that lost it, and to every beat."""

from datetime import UTC, datetime, timedelta

from beat_schedule.decisions import Checkpoint, Definition, EntryKind, Owed
from beat_schedule.schedules import Every
from tests.beat_house import Beat, owing

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

    assert beat.due("new 1")[-1] == NOON + SECOND


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


def test_of_what_was_said_to_another_history_nothing_is_left(beat: Beat, said):
    said("theirs", every="1s")
    said("gone", every="1s")
    said("gone")
    beat.redis.set("test:hookbeat:main:install", "theirs")

    ours = Definition(key="ours", kind=EntryKind.ENTRY, options=None, version=9, at=NOON)
    beat.start(Record([ours]))

    assert set(beat.redis.hkeys("test:hookbeat:main:defined")) == {"ours"}
    assert beat.redis.zrange("test:hookbeat:main:taken_back", 0, -1) == ["ours"]


def test_a_checkpoint_speaks_of_what_nobody_has_taken_up_yet(beat: Beat, said):
    leader = beat.start(second=Every("1s"))
    leader.make()
    made = said("new", cron="0 12 * * *")
    beat.clock.advance(SECOND)
    leader.passes.make()
    record = Record([made])
    leader.state.name(leader.term.grant, "ours", None)
    record.checkpoint = lambda: checkpoint
    checkpoint = leader.state.read(100).checkpoint
    beat.wipe()

    leader = beat.start(record, second=Every("1s"))
    leader.make()

    assert checkpoint.cursor == NOON
    assert beat.due("new") == [NOON]


def test_what_was_said_shortly_before_the_checkpoint_may_not_have_come_to_redis_by_then(
    beat: Beat, said
):
    made = said("new", every="1s", at=NOON - 2 * SECOND)
    beat.start(Record([made]))
    beat.wipe()
    beat.clock.advance(2 * SECOND)

    leader = beat.start(Record([made], cursor=NOON))
    owed = owing(leader.state)["new"]
    leader.make()

    assert owed.due_at == NOON - timedelta(milliseconds=1999)
    assert beat.due("new") == [NOON - SECOND, NOON, NOON + SECOND]


def test_what_was_owed_and_is_decided_in_part_is_owed_still(beat: Beat):
    record = Record([])
    owed = {"often": Owed(due_at=NOON - MINUTE, why="waits for a run to end")}
    record.checkpoint = lambda: Checkpoint(install="ours", cursor=NOON, owing=owed)
    record.decided_after = lambda _instant: {"often": NOON - 50 * SECOND}
    beat.clock.advance(MINUTE)

    leader = beat.start(record, often=Every("10s"))

    assert owing(leader.state)["often"].due_at == NOON - timedelta(milliseconds=49_999)


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
    leader.definitions.doubt()

    assert leader.follow() == set()

    beat.define(Definition(**{**_fields(before), "version": 100}))
    assert leader.follow() == {"new"}


def test_what_was_said_to_a_wiped_redis_under_a_clock_behind_is_read_by_who_leads(beat: Beat, said):
    leader = beat.start()
    before = said("before", every="1h")
    leader.follow()
    beat.wipe()
    leader.say_the_time(-10 * MINUTE)
    said("meanwhile", every="1h")
    leader.say_the_time(MINUTE)
    beat.define(before)

    leader.definitions.doubt()

    assert leader.follow() == {"meanwhile"}


def _fields(definition):
    return {name: getattr(definition, name) for name in definition.__slots__}
