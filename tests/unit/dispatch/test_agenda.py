from datetime import UTC, datetime, timedelta

from beat_schedule.dispatch.agenda import Agenda

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_only_what_wants_to_be_looked_at_by_now_is_taken():
    agenda = Agenda()
    agenda.put("early", NOON - MINUTE)
    agenda.put("exactly now", NOON)
    agenda.put("late", NOON + MINUTE)

    assert agenda.take(NOON) == ["early", "exactly now"]
    assert agenda.soonest() == NOON + MINUTE


def test_a_later_word_replaces_an_earlier_one():
    agenda = Agenda()
    agenda.put("moved", NOON)
    agenda.put("moved", NOON + MINUTE)

    assert agenda.take(NOON) == []
    assert agenda.soonest() == NOON + MINUTE


def test_an_entry_said_twice_for_one_instant_is_taken_once():
    agenda = Agenda()
    agenda.put("twice", NOON)
    agenda.put("twice", NOON)

    assert agenda.take(NOON) == ["twice"]
    assert agenda.take(NOON) == []


def test_an_empty_agenda_has_no_soonest():
    assert Agenda().soonest() is None
