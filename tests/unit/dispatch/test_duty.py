"""What is done again and again while a beat leads, on a clock that the test moves."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from beat_schedule.dispatch.duty import Duty
from beat_schedule.dispatch.errors import DoubtError
from beat_schedule.dispatch.values import Taken
from beat_schedule.errors import RecordAwayError
from beat_schedule.testing import START


@dataclass
class Lease:
    term: Taken | None = None


class Work:
    def __init__(self, clock):
        self.clock = clock
        self.done = []
        self.began = 0
        self.error = None

    def do(self):
        self.done.append(self.clock.monotonic())
        if self.error:
            raise self.error

    def anew(self):
        self.began += 1


@pytest.fixture
def lease():
    return Lease()


@pytest.fixture
def work(clock):
    return Work(clock)


@pytest.fixture
def duty(lease, clock, work):
    return Duty("alarms", lease, clock, work.do, every=10, after=15, anew=work.anew)


def pass_seconds(duty, clock, seconds):
    for _ in range(seconds):
        clock.advance(timedelta(seconds=1))
        duty.step()


def a_term(grant):
    return Taken(grant=grant, term=1, since=START)


def test_it_is_done_some_time_after_the_lead_was_taken_and_then_at_its_pace(
    duty, lease, clock, work
):
    pass_seconds(duty, clock, 60)
    assert work.done == []

    lease.term = a_term("one")
    pass_seconds(duty, clock, 40)

    assert work.done == [76, 86, 96]
    assert work.began == 1


def test_with_each_term_it_begins_anew(duty, lease, clock, work):
    lease.term = a_term("one")
    pass_seconds(duty, clock, 20)
    lease.term = None
    pass_seconds(duty, clock, 100)
    lease.term = a_term("two")
    pass_seconds(duty, clock, 16)

    assert work.done == [16, 136]
    assert work.began == 2


def test_what_goes_wrong_is_said_once_and_done_again_at_its_pace(duty, lease, clock, work, caplog):
    caplog.set_level("INFO")
    lease.term = a_term("one")
    work.error = RecordAwayError("the database cannot be used: it is away")
    pass_seconds(duty, clock, 50)
    work.error = None
    pass_seconds(duty, clock, 20)

    assert work.done == [16, 26, 36, 46, 56, 66]
    assert caplog.text.count("record.away part='alarms'") == 1
    assert caplog.text.count("beat.recovered part='alarms'") == 1


def test_a_doubt_of_the_time_is_left_to_the_passes_to_say(duty, lease, clock, work, caplog):
    lease.term = a_term("one")
    work.error = DoubtError("Redis's clock is ahead")
    pass_seconds(duty, clock, 30)

    assert len(work.done) == 2
    assert caplog.text == ""


def test_its_thread_ends_when_it_is_told_to(duty, lease):
    lease.term = a_term("one")
    duty.start()

    duty.stop()

    duty.join(5)
    assert not duty.is_alive()
