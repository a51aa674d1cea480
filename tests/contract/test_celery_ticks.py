"""What a tick of ours does, which Celery's service calls again and again."""

import threading
from datetime import timedelta

import pytest
from celery.schedules import schedule
from celery.signals import before_task_publish

from beat_schedule.clock import SystemClock
from beat_schedule.dispatch.recorder import Recorder
from beat_schedule.scheduler import RETRY_AFTER
from tests.contract.entries import LATER, SOON


@pytest.mark.parametrize("when", [1, 1.0, timedelta(seconds=1), schedule(1), None], ids=repr)
def test_entries_of_the_configuration_are_sent_when_they_are_due(live, sent, tick_until, when):
    known = SOON if when is None else SOON | {"schedule": when}

    tick_until(live(known=known, later=LATER), sent)


def test_an_entry_that_a_handler_of_beat_init_adds_is_sent(live, sent, tick_until):
    scheduler = live()
    scheduler.add(name="added", **SOON)

    tick_until(scheduler, sent)


def test_a_tick_returns_how_long_celery_is_to_sleep_and_takes_no_longer_than_a_second(live):
    scheduler, clock = live(later=LATER), SystemClock()
    scheduler.tick()

    before = clock.monotonic()
    said = [scheduler.tick() for _ in range(3)]

    assert said == [0, 0, 0]
    assert clock.monotonic() - before < 10


def test_a_tick_without_entries_is_as_good_as_any(live):
    assert live().tick() == 0


def test_a_tick_does_not_raise_while_redis_is_away(scheduler):
    assert [scheduler.tick(), scheduler.tick()] == [0, 0]


def test_a_tick_does_not_raise_where_no_beat_can_be_built_and_says_so_once(live, caplog):
    scheduler = live(known=SOON)
    scheduler.add(name="wrong", **SOON).schedule = "no schedule"

    assert [scheduler.tick(), scheduler.tick()] == [RETRY_AFTER, RETRY_AFTER]

    assert len([said for said in caplog.messages if said.startswith("beat.failed ")]) == 1
    assert "no Celery schedule" in caplog.text


def test_a_tick_goes_on_when_a_beat_can_be_built_at_last(live, sent, tick_until):
    scheduler = live(known=SOON)
    scheduler.add(name="wrong", **SOON).schedule = "no schedule"
    scheduler.tick()

    del scheduler.schedule["wrong"]

    tick_until(scheduler, sent)


def test_a_beat_of_which_one_thread_cannot_start_leaves_no_other_behind(live, monkeypatch):
    def refuse(self):
        raise RuntimeError(f"can't start {self.name}")

    scheduler = live(known=SOON)
    before = threading.active_count()
    monkeypatch.setattr(Recorder, "start", refuse)

    assert [scheduler.tick(), scheduler.tick()] == [RETRY_AFTER, RETRY_AFTER]

    assert threading.active_count() == before


@pytest.fixture
def no_database(monkeypatch, tmp_path):
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'none' / 'none.db'}")


@pytest.mark.usefixtures("no_database")
def test_a_tick_does_not_raise_without_a_database_and_sends_nothing_yet(
    live, sent, leads, tick_until
):
    scheduler = live(known=SOON)

    tick_until(scheduler, leads)

    assert scheduler.tick() == 0
    assert sent() == 0


class Broken(schedule):
    """Raises whatever it is asked."""

    def is_due(self, last_run_at):
        raise ZeroDivisionError(f"asked about {last_run_at}")

    remaining_estimate = is_due


def test_an_entry_whose_schedule_raises_keeps_no_other_from_being_sent(live, sent, tick_until):
    tick_until(live(broken=SOON | {"schedule": Broken(1)}, known=SOON), sent)


def test_an_entry_that_cannot_be_sent_keeps_no_other_from_being_sent(live, sent, tick_until):
    def refuse(sender, **_):
        if sender == "shop.refused":
            raise RuntimeError("not this one")

    before_task_publish.connect(refuse)
    try:
        tick_until(live(refused=SOON | {"task": "shop.refused"}, known=SOON), sent)
    finally:
        before_task_publish.disconnect(refuse)


def test_closing_hands_the_lead_over_and_a_second_time_does_no_harm(live, redis_client, tick_until):
    scheduler = live(known=SOON)
    tick_until(scheduler, lambda: redis_client.hget("hookbeat:main:lease", "grant"))

    scheduler.close()
    scheduler.close()

    assert redis_client.hget("hookbeat:main:lease", "grant") == ""
