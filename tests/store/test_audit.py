"""Who changed what, and why: noted together with the change."""

from datetime import timedelta

from beat_schedule.store.audit import note, noted
from tests.openings import NOON

CHANGE = {
    "at": NOON,
    "who": "mara",
    "by": "cli",
    "action": "entry.set",
    "target": "tasks.shop.close@daily",
    "why": "the night shift is over at five",
}


def test_a_change_is_told_with_what_was_before_and_what_is_now(sessions):
    with sessions.begin() as session:
        note(session, **CHANGE, before=None, after={"queue": "long"})

    with sessions.begin() as session:
        [change] = noted(session, "tasks.shop.close@daily")

    assert (change.who, change.by, change.action) == ("mara", "cli", "entry.set")
    assert change.why == "the night shift is over at five"
    assert (change.at, change.before, change.after) == (NOON, None, {"queue": "long"})


def test_the_newest_comes_first_and_each_target_has_its_own(sessions):
    with sessions.begin() as session:
        note(session, **CHANGE)
        note(session, **(CHANGE | {"at": NOON + timedelta(hours=1), "who": "noor"}))
        note(session, **(CHANGE | {"target": "another@daily"}))

    with sessions.begin() as session:
        assert [each.who for each in noted(session, CHANGE["target"])] == ["noor", "mara"]
        assert [each.who for each in noted(session, CHANGE["target"], most=1)] == ["noor"]
        assert len(noted(session)) == 3


def test_a_change_that_is_taken_back_was_none(sessions):
    with sessions() as session:
        note(session, **CHANGE)
        session.rollback()

    with sessions.begin() as session:
        assert noted(session) == []


def test_what_no_database_could_hold_is_made_visible(sessions):
    with sessions.begin() as session:
        note(session, **(CHANGE | {"why": "nul \x00", "after": {"when": NOON}}))

    with sessions.begin() as session:
        [change] = noted(session)

    assert (change.why, change.after) == ("nul \\x00", {"when": str(NOON)})
