"""What Celery asks of a scheduler, after its own tests of `celery.beat`.

Some of what Celery's scheduler does, ours leaves out, since it would send by another way than ours:

- nothing is reckoned from `last_run_at`, `is_due` or a heap: due times are decided by cursor, and
  how far an entry is decided stands in Redis; so `reserve`, `adjust`, `populate_heap` do not count;
- `apply_async` and `send_task` still send at once, but `tick` does not go by them: its messages are
  pushed in one step with the note that they were sent;
- there is no file, so `schedule_filename`, `sync` and `beat_sync_every` change nothing;
- `max_interval` changes nothing: `tick` waits by itself, for a second at most, and returns 0;
- entries are taken up by the first `tick`. One that comes later waits for the next start: beats
  that stand by declare a set of entries, and only a beat that has the one in force may lead.
"""

import os
import pickle
import signal
import threading
from datetime import timedelta

import pytest
from celery import Celery
from celery.apps.beat import Beat as BeatCommand
from celery.beat import EmbeddedService, Service
from celery.schedules import crontab, schedule
from celery.signals import beat_embedded_init, beat_init, before_task_publish

from beat_schedule.clock import SystemClock
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.scheduler import Scheduler

NOWHERE = "redis://127.0.0.1:1/0"
SOON = {"task": "shop.close", "schedule": timedelta(seconds=1)}
LATER = {"task": "shop.close", "schedule": crontab(minute=0, hour=0, day_of_month=1)}


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


# The class, and how Celery comes by it.


def test_its_name_on_the_command_line_finds_it(app):
    service = Service(app, scheduler_cls="hookbeat")

    assert type(service.get_scheduler(lazy=True)) is Scheduler


def test_celerys_banner_shows_it_without_a_connection_or_a_thread(app):
    before = threading.active_count()
    service = Service(app, scheduler_cls=Scheduler)

    banner = BeatCommand(app=app, loglevel="INFO").startup_info(service)

    assert "beat_schedule.scheduler.Scheduler" in banner
    assert "entries -> 1" in banner
    assert threading.active_count() == before


def test_a_lazy_one_reads_no_entries_and_another_has_them_from_the_start(app):
    assert Scheduler(app=app, lazy=True).schedule == {}
    assert list(Scheduler(app=app).schedule) == ["known"]


def test_it_is_built_and_closed_without_a_connection_or_a_thread(app):
    before = threading.active_count()

    scheduler = Scheduler(app=app)
    scheduler.sync()
    scheduler.setup_schedule()
    scheduler.close()
    scheduler.close()

    assert threading.active_count() == before


def test_a_service_can_be_pickled_for_a_process_that_is_spawned(app):
    service = pickle.loads(pickle.dumps(Service(app, scheduler_cls="hookbeat")))  # noqa: S301

    assert type(service.get_scheduler(lazy=True)) is Scheduler


# Its entries.


def test_a_schedule_of_ones_own_is_kept_as_it_is(app):
    own = {}

    scheduler = Scheduler(app=app, schedule=own, lazy=True)

    assert scheduler.schedule is own
    scheduler.schedule = other = {}
    assert (scheduler.schedule, scheduler.data) == (other, other)


def test_entries_are_added_one_by_one_or_as_a_dict(scheduler):
    added = scheduler.add(name="added", **SOON)
    scheduler.update_from_dict({"given": LATER})

    assert set(scheduler.schedule) == {"known", "added", "given"}
    assert {type(entry) for entry in scheduler.schedule.values()} == {PeriodicEntry}
    assert (added.key, scheduler.schedule["given"].task) == ("added", "shop.close")


def test_merging_takes_over_what_is_new_and_drops_what_is_gone(scheduler):
    scheduler.update_from_dict({"stays": SOON, "goes": SOON})
    stays = scheduler.schedule["stays"]

    scheduler.merge_inplace({"stays": LATER, "comes": SOON})

    assert set(scheduler.schedule) == {"stays", "comes"}
    assert scheduler.schedule["stays"] is stays
    assert stays.schedule == LATER["schedule"]


def test_old_results_are_cleaned_up_where_results_are_kept(app, tmp_path):
    app.conf.result_backend = f"file://{tmp_path}"

    assert set(Scheduler(app=app).schedule) == {"known", "celery.backend_cleanup"}


def test_where_no_results_are_kept_there_is_nothing_to_clean_up(scheduler):
    assert set(scheduler.schedule) == {"known"}


def test_an_entry_is_one_of_celerys(scheduler):
    entry = scheduler.schedule["known"]
    other = PeriodicEntry(name="other", app=entry.app, **LATER)

    following = entry.next()
    copy = pickle.loads(pickle.dumps(entry))  # noqa: S301
    assert entry.is_due().next > 0
    assert following.total_run_count == entry.total_run_count + 1
    assert (copy, copy.key) == (entry, "known")
    assert "shop.close" in repr(entry)
    assert (entry < other) in {True, False}
    entry.update(other)
    assert entry == other


def test_a_message_can_be_sent_by_hand(live, sent):
    scheduler = live(known=LATER)

    result = scheduler.apply_async(scheduler.schedule["known"])
    scheduler.send_task("shop.open", countdown=10)

    assert result.id
    assert sent() == 2


# Ticks.


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
    assert clock.monotonic() - before < 5


def test_a_tick_without_entries_is_as_good_as_any(live):
    assert live().tick() == 0


def test_a_tick_does_not_raise_while_redis_is_away(scheduler):
    assert [scheduler.tick(), scheduler.tick()] == [0, 0]


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


# The service around it.


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
