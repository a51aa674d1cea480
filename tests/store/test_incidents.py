"""What the leader notes of incidents, and who asks for them."""

import uuid
from dataclasses import replace

import pytest

from beat_schedule.errors import RecordAwayError
from beat_schedule.incidents import Incident, IncidentKind
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.incidents import Incidents, incidents_of
from tests.store.decided import ENTRY, NOON, minutes


@pytest.fixture
def incidents(sessions: Sessions) -> Incidents:
    return Incidents(sessions)


def an_incident(**changes):
    incident = Incident(
        entry=ENTRY, kind=IncidentKind.MISSED, began_at=NOON, reason="why", run=uuid.uuid4()
    )
    return replace(incident, **changes)


def test_an_incident_is_noted_once_and_never_again(incidents):
    assert incidents.begin(an_incident())
    assert not incidents.begin(an_incident(began_at=minutes(1)))
    [noted] = incidents.open()

    assert incidents.end(noted, minutes(2))
    assert not incidents.end(noted, minutes(3))

    assert incidents.open() == []
    assert not incidents.begin(an_incident())
    assert incidents.begin(an_incident(kind=IncidentKind.FAILING))
    assert incidents.begin(an_incident(began_at=minutes(1)))


def test_who_was_told_is_noted_once(incidents):
    incidents.begin(an_incident())
    [noted] = incidents.open()
    assert noted.told_at is None

    incidents.telling(noted, minutes(1))
    assert incidents.told(noted, minutes(1))
    assert not incidents.told(noted, minutes(2))
    incidents.end(noted, minutes(3))

    [ended] = incidents.ended_untold()
    assert ended == replace(noted, told_at=minutes(1), ended_at=minutes(3))
    assert incidents.ended_told(ended, minutes(4))
    assert not incidents.ended_told(ended, minutes(5))
    assert incidents.ended_untold() == []


def test_of_what_was_over_before_anybody_was_told_nothing_is_to_be_told(incidents):
    incidents.begin(an_incident())
    [noted] = incidents.open()
    incidents.end(noted, minutes(1))

    assert incidents.ended_untold() == []


def test_of_what_was_over_while_somebody_was_being_told_the_end_is_to_be_told(incidents):
    incidents.begin(an_incident())
    [noted] = incidents.open()

    assert incidents.telling(noted, minutes(1))
    assert not incidents.telling(noted, minutes(2))
    incidents.end(noted, minutes(3))

    assert [each.id for each in incidents.ended_untold()] == [noted.id]


def test_where_nobody_took_it_nobody_knows_of_it(incidents):
    incidents.begin(an_incident())
    [noted] = incidents.open()
    incidents.telling(noted, minutes(1))

    incidents.untold(noted)
    incidents.end(noted, minutes(3))

    assert incidents.ended_untold() == []


def test_what_somebody_took_is_not_taken_back(incidents):
    incidents.begin(an_incident())
    [noted] = incidents.open()
    incidents.telling(noted, minutes(1))
    incidents.told(noted, minutes(2))

    incidents.untold(noted)
    incidents.end(noted, minutes(3))

    assert [each.id for each in incidents.ended_untold()] == [noted.id]


def test_people_see_what_is_open_and_if_they_ask_all(incidents, sessions):
    for number in range(3):
        incidents.begin(an_incident(entry=f"entry {number}", began_at=minutes(number)))
    [first] = [each for each in incidents.open() if each.entry == "entry 0"]
    incidents.end(first, minutes(5))

    with sessions() as session:
        assert [each.entry for each in incidents_of(session)] == ["entry 2", "entry 1"]
        assert [each.entry for each in incidents_of(session, over=True, limit=2)] == [
            "entry 2",
            "entry 1",
        ]
        assert len(incidents_of(session, over=True)) == 3


def test_a_database_without_our_tables_is_away(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(RecordAwayError):
        Incidents(make_sessions(engine)).open()
    engine.dispose()
