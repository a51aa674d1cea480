"""Death is observed: only who was silent all the while that we looked is dead."""

import uuid
from datetime import timedelta

import pytest

from beat_schedule.decisions import Running
from beat_schedule.dispatch.deaths import Deaths
from beat_schedule.testing import ManualClock

TOKEN = uuid.uuid4()


class Ward:
    """One run, and a clock that moves from look to look."""

    def __init__(self):
        self.clock = ManualClock()
        self.deaths = Deaths(self.clock)
        self.run = uuid.uuid4()
        self.beat = 0
        self.token = TOKEN

    def look(self, took=0.0):
        def answer():
            self.clock.advance(timedelta(seconds=took))
            return [Running(run=self.run, entry="e", worker="w", token=self.token, beat=self.beat)]

        return bool(self.deaths.silent(answer))

    def wait(self, seconds):
        self.clock.advance(timedelta(seconds=seconds))


@pytest.fixture
def ward():
    return Ward()


def looks(ward, count, every=5.0):
    found = [ward.look()]
    for _ in range(count - 1):
        ward.wait(every)
        found.append(ward.look())
    return found


def test_who_is_silent_for_fifteen_seconds_is_dead(ward):
    assert looks(ward, 4) == [False, False, False, True]


def test_a_sign_of_life_begins_it_anew(ward):
    looks(ward, 3)
    ward.beat += 1

    assert looks(ward, 4) == [False, False, False, True]


def test_so_does_another_attempt(ward):
    looks(ward, 3)
    ward.token = uuid.uuid4()

    assert looks(ward, 3) == [False, False, False]


def test_what_we_did_not_see_proves_nothing(ward):
    ward.look()
    ward.wait(60)

    assert looks(ward, 3) == [False, False, False]


def test_a_record_that_hangs_may_have_held_up_the_workers_too(ward):
    looks(ward, 3)
    ward.wait(3)

    assert not ward.look(took=3)
    ward.wait(5)
    assert not ward.look()
