"""What operators say of entries, on record: each change with a version that rises."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from beat_schedule.clock import to_millis
from beat_schedule.decisions import Definition, EntryKind
from beat_schedule.store.audit import noted
from beat_schedule.store.definitions import (
    count_made,
    define,
    definition_of,
    definitions,
    definitions_since,
    take_turn,
)
from beat_schedule.store.journal import Journal
from tests.openings import NOON


@pytest.fixture
def say(sessions):
    """An operator says it; the version that it was given."""

    def say(key, options, kind=EntryKind.ENTRY, at=NOON):
        with sessions.begin() as session:
            version = take_turn(session, at)
            said = Definition(key=key, kind=kind, options=options, version=version, at=at)
            define(session, [said], by="ada", why="because")
        return version

    return say


def test_what_was_said_last_stands_with_who_said_it_and_why(sessions, say):
    say("new", {"every": "1h"})
    version = say("new", {"every": "2h"}, at=NOON + timedelta(hours=1))

    with sessions.begin() as session:
        kept = definition_of(session, "new")

    assert kept.definition.options == {"every": "2h"}
    assert (kept.definition.version, kept.definition.at) == (version, NOON + timedelta(hours=1))
    assert (kept.by, kept.why) == ("ada", "because")


def test_versions_rise_also_where_the_clock_does_not(say):
    first, second = say("one", {}), say("two", {})
    later = say("three", {}, at=NOON + timedelta(hours=1))
    earlier = say("four", {}, at=NOON)

    assert first == to_millis(NOON)
    assert [second, later, earlier] == [first + 1, to_millis(NOON) + 3_600_000, later + 1]


def test_a_change_of_many_takes_as_many_versions(sessions):
    with sessions.begin() as session:
        first = take_turn(session, NOON, count=10)
        then = take_turn(session, NOON)

    assert (first, then) == (to_millis(NOON), first + 10)


def test_who_knows_a_version_is_told_what_came_after_it_in_order(sessions, say):
    first = say("one", {"every": "1h"})
    say("two", {"every": "1h"})
    say("one", None)

    since = Journal(sessions).definitions(first, 10)

    assert [(each.key, each.options) for each in since] == [("two", {"every": "1h"}), ("one", None)]
    assert Journal(sessions).definitions(first, 1) == since[:1]
    assert Journal(sessions).definitions(since[-1].version, 10) == []


def test_what_was_taken_back_is_listed_no_more(sessions, say):
    say("b", {"every": "1h"})
    say("a", {"queue": "long"}, EntryKind.OVERRIDE)
    say("c", {"every": "1h"})
    say("b", None)

    with sessions.begin() as session:
        assert [each.definition.key for each in definitions(session)] == ["a", "c"]
        assert [each.definition.key for each in definitions(session, EntryKind.ENTRY)] == ["c"]
        assert [each.definition.key for each in definitions(session, after="a", most=1)] == ["c"]
        assert definition_of(session, "b") is None
        assert len(definitions_since(session, 0, 10)) == 3


def test_entries_made_at_run_time_are_counted(sessions):
    with sessions.begin() as session:
        assert [count_made(session, 5), count_made(session, -2), count_made(session, 1)] == [
            5,
            3,
            4,
        ]


def test_changes_of_several_people_at_once_take_turns(sessions, say):
    with ThreadPoolExecutor(max_workers=4) as pool:
        versions = list(pool.map(lambda number: say(f"new {number}", {}), range(12)))

    assert len(set(versions)) == 12
    assert len(Journal(sessions).definitions(0, 100)) == 12


def test_an_override_goes_with_its_entry_to_a_new_key_and_the_audit_says_so(sessions, say):
    version = say("old", {"every": "2h"}, kind=EntryKind.OVERRIDE)

    Journal(sessions).hand_over({"old": "new", "other": "another"}, NOON)
    Journal(sessions).hand_over({"old": "new"}, NOON)

    with sessions.begin() as session:
        kept = definition_of(session, "new")
        [change] = noted(session, "new")
    assert kept.definition.options == {"every": "2h"}
    assert kept.definition.version > version
    assert (kept.by, kept.why) == ("ada", "because")
    assert (change.action, change.who, change.why) == ("rename", "ada", "the entry was old before")


@pytest.mark.parametrize("own", [{"every": "3h"}, None])
def test_what_was_said_of_the_new_key_itself_stands_also_where_it_was_taken_back(
    sessions, say, own
):
    say("old", {"every": "2h"}, kind=EntryKind.OVERRIDE)
    say("new", own, kind=EntryKind.OVERRIDE)

    Journal(sessions).hand_over({"old": "new"}, NOON)

    with sessions.begin() as session:
        kept = definition_of(session, "new")
    assert (kept and kept.definition.options) == own
