"""Somebody is told of the job that did not run tonight, and of the one that fails each night."""

from datetime import timedelta

import pytest

from beat_schedule.decisions import Decision, Hold, HoldKind
from beat_schedule.dispatch.alarms import Alarms
from beat_schedule.dispatch.telling import Telling
from beat_schedule.entries import Entry
from beat_schedule.policies import RunPolicy
from beat_schedule.schedules import Cron
from beat_schedule.store.incidents import Incidents
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Outcome
from beat_schedule.testing import ManualClock
from tests.recorded import NOON, a_run, days
from tests.store.decided import sent, span
from tests.unit.dispatch.recorded import Notes

DAILY = Entry(
    key="notices",
    task="tasks.library.daily",
    schedule=Cron("0 12 * * *"),
    queue="default",
    event="daily",
    place="hooks.py",
    owner="desk@example.org",
    run_policy=RunPolicy(expect_within=timedelta(hours=2), alert_after=3),
)


@pytest.fixture
def clock():
    return ManualClock(NOON)


@pytest.fixture
def mail():
    return Notes()


@pytest.fixture
def told(sessions, clock, mail):
    """What people have been told after so many hours, whichever beat leads by then."""

    def told(hours):
        clock.advance(NOON + timedelta(hours=hours) - clock.now())
        record = Incidents(sessions)
        Alarms([DAILY], record, clock.now).look()
        Telling([mail], [DAILY], record, clock, lambda: True).tell()
        return [title.removeprefix("[hookbeat] notices ") for title in mail.titles]

    return told


@pytest.fixture
def decided(sessions):
    return lambda *lines, holds=(): Journal(sessions).keep(lines, holds, None)


@pytest.fixture
def ran(sessions):
    def ran(day, outcome, **more):
        with sessions.begin() as session:
            session.add(a_run(days(day), outcome, "notices", id=sent_on(day).run, **more))

    return ran


def sent_on(day):
    return sent(days(day), "notices")


def test_no_worker_lives_and_two_hours_later_somebody_knows(told, decided, ran, mail):
    decided(sent_on(0))
    assert told(1) == []

    assert told(2) == ["was missed"]
    assert "it was sent, and no worker started it" in mail.told[0][1]
    assert "desk@example.org" in mail.told[0][1]

    assert told(5) == ["was missed"]
    ran(0, Outcome.SUCCEEDED)
    assert told(6) == ["was missed", "has recovered"]


def test_it_fails_three_nights_in_a_row_and_is_mended(told, decided, ran, mail):
    for day in range(3):
        decided(sent_on(day))
        ran(day, Outcome.FAILED, error="SMTPServerDisconnected: Connection unexpectedly closed")
        told(24 * day + 1)

    # That it is missed too is known since the first night.
    assert told(49) == ["was missed", "is failing"]
    assert "Its last 3 runs failed, the last of them: SMTPServerDisconnected" in mail.told[1][1]

    decided(sent_on(3))
    ran(3, Outcome.SUCCEEDED)
    assert told(73)[2:] == ["has recovered", "has recovered"]
    assert len(told(80)) == 4


def test_what_is_paused_is_not_missed(told, decided):
    pause = Hold(
        target="notices",
        kind=HoldKind.PAUSED,
        since=NOON,
        until=None,
        by="ada",
        why="moving house",
        version=1,
    )
    skipped = span(0, 0, Decision.SKIPPED, entry="notices", reason="paused by ada: moving house")
    decided(skipped, holds=[pause])

    assert told(20) == []
