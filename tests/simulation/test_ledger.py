"""The model of the record promises what the record promises: the same cases over both."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from beat_schedule.decisions import EVERYTHING, Checkpoint, Decision, Owed
from beat_schedule.errors import OtherInstallError
from beat_schedule.store.engine import make_engine, make_sessions
from tests.holds import a_pause
from tests.simulation.records import Model, Real
from tests.store.decided import ENTRY, NOON, minutes, sent, span

URLS = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}
SKIPPED = span(0, 0, Decision.SKIPPED, reason="overlap with an earlier run")
MISSED = span(0, 0, Decision.MISSED, reason="nobody looked in time")


@pytest.fixture(params=["model", *URLS])
def house(request):
    if request.param == "model":
        yield Model()
        return
    engine = make_engine(request.getfixturevalue(URLS[request.param]))
    yield Real(make_sessions(engine))
    engine.dispose()


@pytest.fixture
def record(house):
    return house.record


def a_hold(version, until=None, target=ENTRY):
    return a_pause(target, since=NOON, until=until, version=version)


def a_checkpoint(cursor=NOON, install="ours", **owing):
    return Checkpoint(install=install, cursor=cursor, owing=owing)


def decisions(house, upto):
    """What stands for each minute."""
    found = map(house.decision, range(upto + 1))
    return [line.decision if line else None for line in found]


# Decisions


@pytest.mark.parametrize("lines", [(SKIPPED, sent()), (sent(), SKIPPED)])
def test_sent_wins_whichever_comes_first(house, record, lines):
    for line in lines:
        record.keep([line], [], None)

    assert house.decision(0).run == sent().run


def test_of_two_that_were_not_sent_the_first_stays(house, record):
    record.keep([SKIPPED], [], None)
    record.keep([MISSED], [], None)

    assert house.decision(0) == SKIPPED


def test_of_two_that_were_sent_the_first_stays(house, record):
    record.keep([sent(term=7), sent(term=8)], [], None)

    assert house.decision(0).term == 7


def test_the_leaders_own_line_takes_the_place_of_the_gates(house, record):
    house.start(sent())
    record.keep([sent(term=8)], [], None)

    assert house.decision(0).term == 8


def test_a_gate_that_comes_later_changes_nothing_of_the_leaders_line(house, record):
    record.keep([sent(term=8)], [], None)
    house.start(sent())

    assert house.decision(0).term == 8


@pytest.mark.parametrize("first", ["shorter", "longer"])
def test_of_spans_that_begin_together_the_first_stays_and_the_other_adds_its_rest(
    house, record, first
):
    shorter, longer = span(0, 2), span(0, 5, Decision.MISSED)
    for line in (shorter, longer) if first == "shorter" else (longer, shorter):
        record.keep([line], [], None)

    begins, ends = Decision.COALESCED, Decision.MISSED
    meant = [begins] * 3 + [ends] * 3 if first == "shorter" else [ends] * 6
    assert decisions(house, 6) == [*meant, None]


def test_of_spans_on_two_schedules_that_begin_together_no_due_time_is_left_out(house, record):
    every_four_minutes = replace(span(0, 4), count=2)
    every_seven_minutes = replace(span(0, 14), count=3)
    for line in (every_four_minutes, every_seven_minutes):
        record.keep([line], [], None)

    assert None not in [house.decision(minute) for minute in (0, 4, 7, 14)]


def test_what_was_sent_within_a_span_stands_beside_it(house, record):
    record.keep([span(0, 3), sent(minutes(2))], [], None)

    missed = Decision.COALESCED
    assert decisions(house, 3) == [missed, missed, Decision.SENT, missed]


def test_a_span_leaves_what_was_sent_at_its_beginning_and_adds_the_rest(house, record):
    record.keep([sent()], [], None)
    record.keep([span(0, 3)], [], None)

    assert decisions(house, 3) == [Decision.SENT, *[Decision.COALESCED] * 3]


@pytest.mark.parametrize("is_sent_first", [True, False])
def test_a_span_of_nobody_knows_how_many_covers_all_that_it_spans(house, record, is_sent_first):
    owed = replace(span(0, 5, Decision.MISSED), count=1)
    for line in (sent(), owed) if is_sent_first else (owed, sent()):
        record.keep([line], [], None)

    assert decisions(house, 5) == [Decision.SENT, *[Decision.MISSED] * 5]


def test_the_same_lines_twice_change_nothing(house, record):
    lines = [sent(), span(1, 5), SKIPPED, sent(minutes(3)), span(1, 7, Decision.MISSED)]
    record.keep(lines, [], None)
    before = [house.decision(number) for number in range(9)]

    record.keep(lines, [], None)

    assert [house.decision(number) for number in range(9)] == before


def test_decided_after_names_the_newest_past_the_cursor(record):
    others = sent(minutes(2), entry="another")
    record.keep([sent(minutes(1)), span(2, 4), others], [], None)

    assert record.decided_after(minutes(3)) == {ENTRY: minutes(4)}


def test_decided_after_does_not_count_what_only_a_gate_wrote(house, record):
    record.keep([sent(minutes(1))], [], None)
    house.start(sent(minutes(5)))

    assert record.decided_after(NOON) == {ENTRY: minutes(1)}


def test_decided_after_counts_it_once_the_leaders_line_is_there(house, record):
    house.start(sent(minutes(5)))
    record.keep([sent(minutes(5))], [], None)

    assert record.decided_after(NOON) == {ENTRY: minutes(5)}


# Holds


@pytest.mark.parametrize("versions", [(1, 2), (2, 1), (2, 2)])
def test_of_two_holds_the_newer_stands(record, versions):
    for version in versions:
        record.keep([], [a_hold(version)], None)

    assert record.holds() == [a_hold(2)]


def test_a_hold_that_has_ended_is_still_told(record):
    ended = a_hold(2, until=minutes(-10))

    record.keep([], [a_hold(1), ended], None)

    assert record.holds() == [ended]


def test_holds_of_an_entry_and_of_all_stand_beside_each_other(record):
    both = [a_hold(1), a_hold(2, target=EVERYTHING)]

    record.keep([], both, None)

    assert sorted(record.holds(), key=lambda hold: hold.version) == both


# The checkpoint


def test_who_begins_second_hears_of_the_first(record):
    assert record.checkpoint() is None
    assert record.begin("ours") == "ours"
    assert record.begin("another") == "ours"
    assert record.checkpoint() == a_checkpoint(None)


def test_a_checkpoint_never_falls_and_moves_on_with_what_is_owed(record):
    owed = Owed(due_at=minutes(-5), why="its run has not ended")
    record.begin("ours")
    record.keep([], [], a_checkpoint(minutes(1), close=owed))

    for earlier in (a_checkpoint(NOON), a_checkpoint(None)):
        record.keep([], [], earlier)

    assert record.checkpoint() == a_checkpoint(minutes(1), close=owed)
    record.keep([], [], a_checkpoint(minutes(2)))
    assert record.checkpoint() == a_checkpoint(minutes(2))


def test_a_record_without_a_beginning_takes_the_first_that_comes(record):
    record.keep([], [], a_checkpoint())

    assert record.checkpoint() == a_checkpoint()


def test_what_another_redis_says_is_refused_whole(house, record):
    record.begin("ours")

    with pytest.raises(OtherInstallError):
        record.keep([sent()], [a_hold(1)], a_checkpoint(install="another"))

    assert (house.decision(0), record.holds()) == (None, [])
    assert record.checkpoint() == a_checkpoint(None)


# Runs


def test_unstarted_are_those_sent_before_then_to_workers_of_ours(record):
    nobody_follows = sent(minutes(2), run=None)
    record.keep([sent(), nobody_follows, span(3, 4), sent(minutes(9))], [], None)

    (found,) = record.unstarted(minutes(9), [ENTRY])

    assert (found.entry, found.due_at, found.run) == (ENTRY, NOON, sent().run)
    assert (found.queue, found.decided_at) == ("default", NOON + timedelta(seconds=1))


def test_of_unstarted_ones_those_sent_first_come_first(record):
    record.keep([sent(minutes(number)) for number in (3, 1, 2)], [], None)

    assert [each.due_at for each in record.unstarted(minutes(9), [ENTRY])] == [
        *map(minutes, (1, 2, 3))
    ]


@pytest.mark.parametrize("is_line_first", [True, False])
def test_what_has_started_is_looked_for_no_more(house, record, is_line_first):
    steps = [lambda: record.keep([sent()], [], None), lambda: house.start(sent())]
    for step in steps if is_line_first else reversed(steps):
        step()

    assert record.unstarted(minutes(9), [ENTRY]) == []


def test_what_was_lost_with_its_worker_is_looked_for_again(house, record):
    record.keep([sent()], [], None)
    house.start(sent())

    house.lose(sent())

    assert record.unstarted(minutes(9), [ENTRY]) == []
    assert record.waiting(minutes(19), [ENTRY]) == []
    (found,) = record.waiting(minutes(20), [ENTRY])
    assert (found.run, found.due_at, bool(found.repeats)) == (sent().run, NOON, True)


def test_sent_in_place_of_another_decision_is_looked_for(record):
    record.keep([SKIPPED], [], None)
    record.keep([sent()], [], None)

    assert [each.run for each in record.unstarted(minutes(9), [ENTRY])] == [sent().run]


def test_settled_are_those_that_have_ended(house, record):
    ended, running = sent(minutes(1)), sent(minutes(2))
    house.start(ended)
    house.start(running)

    house.end(ended)

    assert record.settled([ended.run, running.run, uuid.uuid4()]) == {ended.run}
