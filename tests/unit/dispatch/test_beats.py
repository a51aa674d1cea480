"""Several beats in one process: each makes its passes, whatever becomes of the others."""

import threading

import pytest
import redis

from beat_schedule.dispatch.beats import RETRY_AFTER, Beats
from beat_schedule.dispatch.errors import WentBackError


class Recorded:
    """A beat that notes what it is asked, and rests, or fails, as it is told."""

    def __init__(self, rest=1.0, trouble=None, *, start_fails=False):
        self.rest, self.trouble, self.start_fails = rest, trouble, start_fails
        self.leads = True
        self.asked = []

    def start(self):
        self.asked.append("start")
        if self.start_fails:
            raise RuntimeError("no more threads")

    def step(self):
        self.asked.append("step")
        if self.trouble:
            raise self.trouble
        return self.rest

    def drop(self):
        self.asked.append("drop")

    def stop(self):
        self.asked.append("stop")


def test_each_makes_a_pass_and_the_shortest_rest_counts():
    beats = [Recorded(rest=0.7), Recorded(rest=0.2), Recorded(rest=1.0)]

    assert Beats(beats, threading.Event()).step() == 0.2

    assert [beat.asked for beat in beats] == [["step"]] * 3


def test_one_that_cannot_make_its_pass_keeps_no_other_from_theirs(caplog):
    lost, sound = Recorded(trouble=redis.ConnectionError("gone")), Recorded(rest=3.0)
    beats = Beats([lost, sound], threading.Event())

    assert [beats.step(), beats.step()] == [RETRY_AFTER, RETRY_AFTER]
    assert lost.asked == ["step", "drop"] * 2
    assert sound.asked == ["step"] * 2
    assert len([said for said in caplog.messages if said.startswith("redis.lost ")]) == 1


def test_where_redis_went_back_it_begins_anew_at_once():
    beats = Beats([Recorded(trouble=WentBackError("earlier")), Recorded()], threading.Event())

    assert beats.step() == 0.0


def test_one_that_cannot_start_stops_them_all():
    beats = [Recorded(), Recorded(start_fails=True)]

    with pytest.raises(RuntimeError):
        Beats(beats, threading.Event()).start()

    assert [beat.asked[-1] for beat in beats] == ["stop", "stop"]


def test_whoever_wakes_one_of_them_wakes_the_wait_for_all():
    woken = threading.Event()
    beats = Beats([Recorded(), Recorded()], woken)
    woken.set()

    beats.wait(60)

    assert not woken.is_set()
