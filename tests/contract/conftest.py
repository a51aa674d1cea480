"""Guests' apps with our scheduler, on a Redis that is there or away."""

import os

import pytest
from celery import Celery

from beat_schedule.scheduler import Scheduler
from tests.contract.entries import NOWHERE, SOON


@pytest.fixture
def guest(monkeypatch, tmp_path, sqlite_url):
    """Makes apps that know nothing of us but what the environment says."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("HOOKBEAT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", sqlite_url)
    apps = []

    def guest(broker, **entries):
        app = Celery(f"guest{len(apps)}", broker=broker, set_as_current=False)
        app.conf.beat_schedule = entries
        apps.append(app)
        return app

    yield guest
    for app in apps:
        app.close()


@pytest.fixture
def app(guest):
    """One whose Redis is not there."""
    return guest(NOWHERE, known=SOON)


@pytest.fixture
def scheduler(app):
    scheduler = Scheduler(app=app)
    yield scheduler
    scheduler.close()


@pytest.fixture
def live(guest, redis_url, redis_client):  # noqa: ARG001 -- empties it
    """A scheduler of such entries on a real Redis, which is empty."""
    schedulers = []

    def live(**entries):
        schedulers.append(Scheduler(app=guest(redis_url, **entries)))
        return schedulers[-1]

    yield live
    for scheduler in schedulers:
        scheduler.close()


@pytest.fixture
def sent(redis_client):
    return lambda: redis_client.llen("celery")


@pytest.fixture
def leads(redis_client):
    """Whether somebody holds the lease."""
    return lambda: bool(redis_client.hget("hookbeat:main:lease", "grant"))


@pytest.fixture
def tick_until(wait_until):
    """Ticks as Celery's service does, until something is so."""

    def tick_until(scheduler, condition):
        return wait_until(lambda: (scheduler.tick(), condition())[1], within=20)

    return tick_until
