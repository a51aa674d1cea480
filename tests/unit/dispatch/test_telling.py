"""Who is told of incidents, and when: once each, and never by nobody."""

import uuid
from datetime import timedelta
from itertools import pairwise

import pytest

from beat_schedule.dispatch.telling import LONGEST_PAUSE, PATIENCE, Telling
from beat_schedule.errors import RecordAwayError
from beat_schedule.incidents import Incident, IncidentKind
from beat_schedule.testing import ManualClock
from tests.unit.dispatch.recorded import Notes, Recorded, an_entry, minutes

RUN = uuid.UUID("1f3c9a2e-7b61-5d0b-9f3f-0f6f5f9f8f11")


@pytest.fixture
def clock():
    return ManualClock(minutes(60))


@pytest.fixture
def record():
    return Recorded()


@pytest.fixture
def mail():
    return Notes("mail")


@pytest.fixture
def chat():
    return Notes("chat")


@pytest.fixture
def leader(record, clock, mail, chat):
    """Makes what a beat has that begins to lead."""

    def begin(leads=lambda: True):
        return Telling([mail, chat], [an_entry(alert_after=3)], record, clock, leads)

    return begin


def fails(record, **changes):
    values = {
        "entry": "close",
        "kind": IncidentKind.FAILING,
        "began_at": minutes(0),
        "reason": "its last 3 runs failed, the last of them: ValueError: no",
        "run": RUN,
    }
    record.begin(Incident(**values | changes))
    return record.incidents[-1]


def test_everybody_is_told_once_of_the_beginning_and_once_of_the_end(
    record, leader, clock, mail, chat
):
    telling = leader()
    incident = fails(record)
    telling.tell()
    telling.tell()
    assert mail.titles == chat.titles == ["[hookbeat] close is failing"]
    assert record.incidents[0].told_at == clock.now()

    record.end(incident, minutes(61))
    telling.tell()
    telling.tell()

    assert mail.titles[1:] == chat.titles[1:] == ["[hookbeat] close has recovered"]
    assert [is_over for *_, is_over in mail.told] == [False, True]
    assert record.incidents[0].ended_told_at == clock.now()


def test_the_next_leader_tells_nothing_again_and_forgets_nothing(record, leader, mail):
    fails(record)
    leader().tell()
    fails(record, entry="open")

    leader().tell()

    assert mail.titles == ["[hookbeat] close is failing", "[hookbeat] open is failing"]


def test_a_leader_that_dies_before_it_noted_lets_the_next_tell_it_again(record, leader, mail, chat):
    fails(record)
    killed_between(leader(), chat)

    leader().tell()

    assert mail.titles == 2 * ["[hookbeat] close is failing"]
    assert chat.titles == ["[hookbeat] close is failing"]


def test_what_was_over_when_the_next_leader_looked_is_told_to_whoever_may_know_that_it_began(
    record, leader, mail, chat
):
    incident = fails(record)
    killed_between(leader(), chat)
    record.end(incident, minutes(61))

    leader().tell()

    assert mail.titles == ["[hookbeat] close is failing", "[hookbeat] close has recovered"]
    assert chat.titles == ["[hookbeat] close has recovered"]


def test_that_somebody_may_know_is_not_forgotten_by_a_leader_that_can_tell_nobody(
    record, leader, mail, chat
):
    incident = fails(record)
    killed_between(leader(), chat)
    mail.broken = chat.broken = "the line is dead"
    leader().tell()
    record.end(incident, minutes(61))
    mail.broken = chat.broken = ""

    leader().tell()

    assert mail.titles == ["[hookbeat] close is failing", "[hookbeat] close has recovered"]


class KilledError(BaseException):
    """Its process is gone."""


def killed_between(telling, second):
    """The first channel took it, and nobody noted that it did."""
    second.on_tell = _die
    with pytest.raises(KilledError):
        telling.tell()
    second.on_tell = lambda: None


def _die():
    raise KilledError


def test_a_channel_that_fails_is_tried_again_and_the_others_are_not(
    record, leader, clock, mail, chat
):
    telling = leader()
    chat.broken = "it answered 503"
    fails(record)
    telling.tell()
    assert record.incidents[0].told_at
    chat.broken = ""
    clock.advance(timedelta(seconds=9))
    telling.tell()
    assert chat.titles == []

    clock.advance(timedelta(seconds=1))
    telling.tell()

    assert (len(mail.told), len(chat.told)) == (1, 1)


def test_its_pauses_grow_and_it_is_given_up_after_an_hour(record, leader, clock, chat):
    telling = leader()
    chat.broken = "it answered 503"
    tries = []
    chat.on_tell = lambda: tries.append(clock.monotonic())
    fails(record)
    for _ in range(2 * int(PATIENCE)):
        telling.tell()
        clock.advance(timedelta(seconds=1))

    pauses = [after - before for before, after in pairwise(tries)]
    assert pauses[:4] == [10, 20, 40, 80]
    assert max(pauses) == LONGEST_PAUSE
    assert tries[-1] <= PATIENCE


def test_while_nobody_takes_it_it_is_tried_for_ever(record, leader, clock, mail, chat):
    telling = leader()
    mail.broken = chat.broken = "the line is dead"
    fails(record)
    for _ in range(100):
        telling.tell()
        clock.advance(timedelta(seconds=LONGEST_PAUSE))
    assert record.incidents[0].told_at is None
    mail.broken = chat.broken = ""

    telling.tell()

    assert mail.titles == chat.titles == ["[hookbeat] close is failing"]


def test_what_is_over_before_anybody_could_be_told_is_told_to_nobody(
    record, leader, clock, mail, chat
):
    telling = leader()
    mail.broken = chat.broken = "the line is dead"
    incident = fails(record)
    telling.tell()
    record.end(incident, minutes(61))
    mail.broken = chat.broken = ""
    clock.advance(timedelta(hours=1))

    telling.tell()

    assert mail.told == chat.told == []


def test_who_missed_the_beginning_is_told_of_the_end_alone(record, leader, clock, mail, chat):
    telling = leader()
    chat.broken = "it answered 503"
    incident = fails(record)
    telling.tell()
    record.end(incident, minutes(61))
    chat.broken = ""
    clock.advance(timedelta(minutes=1))

    telling.tell()
    telling.tell()

    assert mail.titles == ["[hookbeat] close is failing", "[hookbeat] close has recovered"]
    assert chat.titles == ["[hookbeat] close has recovered"]


def test_what_could_not_be_noted_is_noted_later_and_not_told_again(record, leader, clock, mail):
    telling = leader()
    fails(record)

    def goes_away():
        record.is_away = True

    mail.on_tell = goes_away
    with pytest.raises(RecordAwayError):
        telling.tell()
    with pytest.raises(RecordAwayError):
        telling.tell()
    record.is_away = False

    telling.tell()

    assert len(mail.told) == 1
    assert record.incidents[0].told_at == clock.now()


def test_who_leads_no_more_leaves_the_rest_to_the_next(record, leader, mail, chat):
    still = iter([True, False, False, False])
    fails(record)

    leader(leads=lambda: next(still)).tell()

    assert (len(mail.told), len(chat.told)) == (1, 0)


def test_a_channel_in_trouble_is_complained_of_once(record, leader, clock, chat, caplog):
    caplog.set_level("INFO")
    telling = leader()
    for again in range(3):
        chat.broken = "it answered 503"
        fails(record, entry=f"entry {again}")
        for _ in range(4):
            telling.tell()
            clock.advance(timedelta(minutes=5))
        assert caplog.text.count("alert.failed") == 1
    chat.broken = ""
    clock.advance(timedelta(minutes=10))
    telling.tell()
    chat.broken = "it answered 503"
    fails(record, entry="another")
    telling.tell()

    assert caplog.text.count("alert.failed") == 2
    assert "channel='chat' reason='it answered 503'" in caplog.text


def test_without_a_channel_nothing_is_told_or_asked(record, clock):
    fails(record)
    record.asked.clear()

    Telling([], [], record, clock, lambda: True).tell()

    assert record.asked == []
