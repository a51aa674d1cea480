"""Celery's service around our scheduler: alone, embedded, and in a thread."""

import signal

import pytest
from celery.beat import EmbeddedService, Service
from celery.signals import beat_embedded_init, beat_init

from beat_schedule.scheduler import Scheduler
from tests.contract.entries import SOON


@pytest.fixture
def told():
    """The signals that a service sends."""
    heard = []

    def hear(signal, sender, **_):
        heard.append((signal, sender))

    for each in (beat_init, beat_embedded_init):
        each.connect(hear)
    yield heard
    for each in (beat_init, beat_embedded_init):
        each.disconnect(hear)


class Ended(Scheduler):
    """Stops its service in its first tick, as a signal's handler does."""

    def tick(self):
        super().tick()
        raise SystemExit


@pytest.mark.usefixtures("redis_client")
def test_a_service_that_is_told_to_exit_ends_and_closes_it(guest, redis_url, leads, told):
    service = Service(guest(redis_url, known=SOON), scheduler_cls=Ended)

    service.start()

    assert service._is_stopped.is_set()
    assert told == [(beat_init, service)]
    assert not leads()


def test_an_embedded_service_says_so(app, told, monkeypatch):
    monkeypatch.setattr("celery.platforms.set_process_title", lambda _: None)
    service = Service(app, scheduler_cls=Scheduler)
    service.stop()

    service.start(embedded_process=True)

    assert told == [(beat_init, service), (beat_embedded_init, service)]


def test_a_service_in_a_thread_sends_until_it_is_stopped(guest, redis_url, sent, leads, wait_until):
    handler = signal.getsignal(signal.SIGTERM)
    service = EmbeddedService(guest(redis_url, known=SOON), thread=True, scheduler_cls=Scheduler)

    service.start()
    wait_until(sent, within=20)
    service.stop()
    service.join(timeout=10)

    assert not service.is_alive()
    assert not leads()
    assert signal.getsignal(signal.SIGTERM) is handler
