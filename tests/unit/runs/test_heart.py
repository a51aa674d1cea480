"""Signs of life: for what is in hand, in one go, and as well as the database allows."""

import sqlite3
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery.worker import state

from beat_schedule.runs import heart as hearts_of_workers
from beat_schedule.runs.heart import Heart, beating_for, in_hand_of_this_worker, owned
from beat_schedule.store import engine as engines
from beat_schedule.store.gate import open_run
from beat_schedule.testing import ManualClock
from tests.openings import an_opening
from tests.unit.runs.stories import events, row_of


class Hand:
    """The runs that a worker has in hand."""

    def __init__(self, sessions):
        self._sessions = sessions
        self.openings = []

    def __call__(self):
        return [owned(opening) for opening in self.openings]

    def take(self):
        opening = an_opening()
        with self._sessions.begin() as session:
            open_run(session, opening)
        self.openings.append(opening)
        return opening


@pytest.fixture
def hand(sessions):
    return Hand(sessions)


@pytest.fixture
def heart(sessions, hand, clock, runner):
    return Heart(sessions, hand, clock, runner.log, every=timedelta(milliseconds=20))


def test_one_beat_is_for_all_that_is_in_hand(heart, hand, sessions):
    first, second = hand.take(), hand.take()

    heart.beat()
    hand.openings.remove(first)
    heart.beat()

    assert [row_of(sessions, each).beat for each in (first, second)] == [1, 2]


def test_with_empty_hands_nobody_is_asked(heart, clock):
    heart.beat()

    assert clock.slept == []


def test_it_beats_by_itself_until_it_is_stopped_and_may_begin_anew(
    heart, hand, sessions, wait_until
):
    opening = hand.take()
    for least in (2, 4):
        with beating_for(heart):
            wait_until(lambda least=least: row_of(sessions, opening).beat >= least)
        assert not heart.is_beating

    stopped_at = row_of(sessions, opening).beat
    assert row_of(sessions, opening).beat == stopped_at


def test_whatever_goes_wrong_it_goes_on(sessions, hand, runner, log, wait_until):
    opening = hand.take()
    troubles = [RuntimeError("no"), OSError("neither")]

    def in_hand():
        if troubles:
            raise troubles.pop()
        return hand()

    heart = Heart(sessions, in_hand, runner.clock, runner.log, every=timedelta(milliseconds=5))
    with beating_for(heart):
        wait_until(lambda: row_of(sessions, opening).beat >= 1)
    assert events(log) == ["heart.unheard"]


class Slow:
    """A sign that is being given when it is stopped, and that ends when it is told to."""

    def __init__(self):
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self):
        self.begun.set()
        self.go_on.wait()
        return []


def hearts():
    return [each for each in threading.enumerate() if each.name == "hookbeat-heart"]


def test_whoever_stops_it_waits_for_the_sign_that_is_being_given(sessions, clock, runner):
    slow = Slow()
    heart = Heart(sessions, slow, clock, runner.log, every=timedelta(milliseconds=1))
    with beating_for(heart):
        slow.begun.wait()
        # Longer than the time between two signs.
        threading.Timer(0.1, slow.go_on.set).start()

    assert hearts() == []


def test_one_that_outlives_its_stop_does_not_beat_on(
    sessions, clock, runner, wait_until, monkeypatch
):
    monkeypatch.setattr(hearts_of_workers, "LAST_SIGN", 0)
    slow = Slow()
    heart = Heart(sessions, slow, clock, runner.log, every=timedelta(milliseconds=1))
    with beating_for(heart):
        slow.begun.wait()
    with beating_for(heart):
        slow.go_on.set()
        wait_until(lambda: len(hearts()) == 1)
    wait_until(lambda: hearts() == [])


class Growing:
    """Requests to which Celery adds one while they are walked through."""

    def __init__(self, *requests):
        self._requests = requests
        self._has_grown = False

    def __iter__(self):
        if not self._has_grown:
            self._has_grown = True
            raise RuntimeError("Set changed size during iteration")
        return iter(self._requests)


class Unreadable:
    @property
    def hookbeat_owned(self):
        raise ValueError("what is this?")


def test_it_beats_for_what_celery_has_under_way_and_for_nothing_else(monkeypatch):
    ours = SimpleNamespace(hookbeat_owned=owned(an_opening()))
    requests = Growing(SimpleNamespace(), Unreadable(), ours)
    monkeypatch.setattr(state, "active_requests", requests)

    assert list(in_hand_of_this_worker()) == [ours.hookbeat_owned]


class TestLocked:
    """Somebody else writes to the SQLite file."""

    @pytest.fixture
    def database_url(self, sqlite_url, monkeypatch):
        monkeypatch.setattr(engines, "SQLITE_BUSY_TIMEOUT", 0)
        return sqlite_url

    @pytest.fixture
    def writer(self, database_url):
        path = database_url.removeprefix("sqlite:///")
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        yield connection
        connection.close()

    @pytest.fixture
    def heart(self, sessions, hand, clock, runner):
        return Heart(sessions, hand, clock, runner.log)

    def test_a_sign_is_given_as_soon_as_it_can(
        self, heart, hand, sessions, writer, clock: ManualClock
    ):
        opening = hand.take()
        writer.execute("BEGIN IMMEDIATE")
        clock.on_sleep = lambda: writer.in_transaction and writer.execute("ROLLBACK")

        heart.beat()

        assert row_of(sessions, opening).beat == 1

    def test_that_it_cannot_is_said_once_and_when_it_can_again_it_beats(
        self, heart, hand, sessions, writer, log
    ):
        opening = hand.take()
        writer.execute("BEGIN IMMEDIATE")

        heart.beat()
        heart.beat()

        assert events(log) == ["heart.unheard"]
        writer.execute("ROLLBACK")
        heart.beat()
        assert row_of(sessions, opening).beat == 1
