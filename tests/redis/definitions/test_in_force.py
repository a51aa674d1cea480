"""What operators say of entries takes effect in a running beat, and outlives it."""

from datetime import UTC, datetime, timedelta

from beat_schedule.decisions import EntryKind
from beat_schedule.schedules import Cron, Every
from tests.beat_house import Beat, owing

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def test_a_new_entry_runs_from_now_on(beat: Beat, said):
    leader = beat.start(hourly=Cron("0 * * * *"))
    leader.make()
    said("new", every="20s")
    leader.make()

    for _ in range(3):
        beat.clock.advance(20 * SECOND)
        leader.make()

    assert beat.due("new") == [NOON + n * 20 * SECOND for n in range(3)]
    assert beat.due("hourly") == [NOON]


def test_what_is_due_once_runs_once_also_when_no_beat_was_there(beat: Beat, said):
    beat.start().make()
    said("once", once=(NOON + 5 * SECOND).isoformat())
    beat.clock.advance(MINUTE)

    leader = beat.start()
    leader.make()
    beat.clock.advance(MINUTE)
    leader.make()

    assert beat.due("once") == [NOON + 5 * SECOND]


def test_a_due_time_between_two_passes_belongs_to_an_entry_made_before_it(beat: Beat, said):
    leader = beat.start(second=Every("1s"))
    leader.make()
    said("new", cron="0 12 * * *")
    beat.clock.advance(SECOND)

    # The cursor comes to noon before anybody knows of it.
    leader.passes.make()
    leader.make()

    assert beat.due("new") == [NOON]


def test_what_a_new_entry_is_due_is_owed_until_somebody_takes_it_up(beat: Beat, said):
    leader = beat.start(second=Every("1s"))
    leader.make()
    said("new", cron="0 12 * * *")
    announced = owing(leader.state)["new"]

    beat.clock.advance(SECOND)
    leader.make()

    assert announced.due_at == NOON - timedelta(milliseconds=999)
    assert owing(leader.state) == {}


def test_a_new_entry_is_not_due_for_an_hour_by_which_the_clock_of_redis_went_back(beat: Beat, said):
    leader = beat.start(second=Every("1s"))
    leader.make()
    beat.clock.advance(timedelta(hours=-1))
    said("new", every="1s", at=NOON - SECOND)
    beat.clock.advance(timedelta(hours=1))

    assert owing(leader.state)["new"].due_at == NOON - timedelta(milliseconds=999)


def test_an_entry_that_is_removed_before_anybody_took_it_up_owes_nothing(beat: Beat, said):
    leader = beat.start()
    said("new", every="1s")
    said("new")

    assert owing(leader.state) == {}


def test_what_was_decided_before_an_entry_was_removed_is_not_decided_again(beat: Beat, said):
    leader = beat.start()
    said("new", every="1s")
    beat.clock.advance(SECOND)
    leader.make()
    said("new")
    leader.make()
    # Nobody takes up what was said next, by somebody whose clock is behind.
    said("new", every="1s")
    said("new")
    said("new", every="1s", at=NOON - 5 * SECOND)
    leader.make()

    assert beat.due("new") == [NOON]


def test_an_entry_that_is_removed_runs_no_more(beat: Beat, said):
    leader = beat.start()
    said("new", every="1s")
    beat.clock.advance(SECOND)
    leader.make()
    said("new")

    for _ in range(3):
        beat.clock.advance(SECOND)
        leader.make()

    assert beat.due("new") == [NOON]


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

    assert beat.due("new") == [NOON + 10 * SECOND]


def test_an_override_counts_from_now_on_and_until_it_is_dropped(beat: Beat, said):
    leader = beat.start(often=Every("20s"))
    leader.make()
    said("often", EntryKind.OVERRIDE, every="30s")
    for _ in range(7):
        beat.clock.advance(10 * SECOND)
        leader.make()
    overridden = beat.due("often")
    said("often", EntryKind.OVERRIDE)
    for _ in range(6):
        beat.clock.advance(10 * SECOND)
        leader.make()

    assert overridden == [NOON, NOON + 30 * SECOND, NOON + 60 * SECOND]
    assert beat.due("often")[3:] == [NOON + 80 * SECOND, NOON + 100 * SECOND, NOON + 120 * SECOND]


def test_an_override_outlives_the_beat_and_the_deploy(beat: Beat, said):
    beat.start(often=Every("20s")).make()
    said("often", EntryKind.OVERRIDE, every="1h")

    leader = beat.start(often=Every("10s"), other=Every("2h"))
    for _ in range(6):
        beat.clock.advance(10 * SECOND)
        leader.make()

    assert beat.due("often") == [NOON]


def test_an_override_of_what_no_code_declares_waits_for_it(beat: Beat, said):
    leader = beat.start(other=Every("1h"))
    said("later", EntryKind.OVERRIDE, every="1s")
    beat.clock.advance(10 * SECOND)
    leader.make()

    assert beat.due("later") == []

    leader = beat.start(other=Every("1h"), later=Every("1h"))
    leader.make()
    beat.clock.advance(SECOND)
    leader.make()

    assert len(beat.due("later")) == 1


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


def test_new_entries_of_one_task_that_cannot_be_meant_are_told_of_as_one(beat: Beat, said):
    leader = beat.start(own=Cron("0 * * * *"))
    for number in range(3):
        said(f"bad {number}", cron="61 * * * *", task="tasks.gone")
    said("own", EntryKind.OVERRIDE, every="soon")
    leader.make()

    [problem] = leader.definitions.left_out()
    assert problem.place == "made at run time of tasks.gone"

    said("bad 0", cron="0 * * * *", task="tasks.gone")
    for number in (1, 2):
        said(f"bad {number}")
    leader.make()
    assert leader.definitions.left_out() == set()


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
