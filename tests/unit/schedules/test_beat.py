"""A stock `celery beat` runs our schedules: once at each due time."""

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.beat import PersistentScheduler, ScheduleEntry, Scheduler

from beat_schedule import Cron, Every
from beat_schedule.policies import Policy
from beat_schedule.schedules import Foreign, Governed, Schedule
from beat_schedule.testing import ManualClock

#: Beat wakes ten milliseconds early and then turns until the time has come.
A_TURN = timedelta(milliseconds=5)


class RecordingScheduler(Scheduler):  # type: ignore[misc]  # Celery is untyped
    """Celery's own, but for the sending."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.sent: list[str] = []
        super().__init__(*args, **kwargs)

    def apply_async(self, entry: ScheduleEntry, **_: Any) -> None:
        self.sent.append(entry.name)


@pytest.fixture
def app() -> Celery:
    return Celery("stock", broker="memory://", set_as_current=False)


def sent_times(
    app: Celery, clock: ManualClock, schedule: Schedule, until: datetime
) -> list[datetime]:
    """Let beat's loop run until then: what `celery.beat.Service.start` does, with time moved."""
    app.conf.beat_schedule = {"job": {"task": "job", "schedule": schedule}}
    scheduler = RecordingScheduler(app)
    times: list[datetime] = []
    while clock.now() < until:
        wait = scheduler.tick()
        times.extend(clock.now() for _ in scheduler.sent)
        scheduler.sent.clear()
        clock.advance(max(timedelta(seconds=wait), A_TURN))
    return times


Make = Callable[[Callable[[], datetime]], Schedule]


@pytest.mark.parametrize(
    ("start", "make"),
    [
        ("2026-06-01T00:00:20", lambda now: Cron("*/20 * * * *", nowfun=now)),
        ("2026-06-01T00:00:00", lambda now: Cron("30 6 * * *", "Asia/Tokyo", nowfun=now)),
        ("2026-10-24T20:00:00", lambda now: Cron("0 * * * *", "Europe/Paris", nowfun=now)),
        ("2026-03-28T20:00:00", lambda now: Cron("30 2 * * *", "Europe/Paris", nowfun=now)),
        ("2026-10-24T20:00:00", lambda now: Cron("30 2 * * *", "Europe/Paris", nowfun=now)),
        ("2026-06-01T00:00:20", lambda now: Every("50m", nowfun=now)),
        (
            "2026-06-01T00:00:00",
            lambda now: Governed(
                Cron("0 */6 * * *"), Policy(spread=timedelta(minutes=100)), nowfun=now
            ),
        ),
    ],
)
def test_beat_sends_at_each_due_time_once(app: Celery, start: str, make: Make) -> None:
    clock = ManualClock(datetime.fromisoformat(start).replace(tzinfo=UTC))
    after, until = clock.now(), clock.now() + timedelta(hours=30, minutes=1)
    schedule = make(clock.now)

    times = sent_times(app, clock, schedule, until)

    due = list(schedule.between(after, until))
    assert len(due) >= 1
    assert len(times) == len(due)
    assert all(timedelta(0) <= sent - at <= A_TURN for sent, at in zip(times, due, strict=True))


def test_a_delay_is_kept_from_the_nominal_due_time(app: Celery) -> None:
    clock = ManualClock(datetime(2026, 6, 1, tzinfo=UTC))
    schedule = Governed(Cron("0 0 * * *"), Policy(spread=timedelta(minutes=239)), nowfun=clock.now)

    [sent_at] = sent_times(app, clock, schedule, clock.now() + timedelta(hours=23))

    assert timedelta(0) <= sent_at - datetime(2026, 6, 1, 3, 59, tzinfo=UTC) <= A_TURN


def test_a_missed_time_is_due_at_once_and_then_over() -> None:
    now = datetime(2026, 6, 1, 12, 10, tzinfo=UTC)
    cron = Cron("0 * * * *", nowfun=lambda: now)

    assert cron.is_due(now - timedelta(hours=3)) == (True, 50 * 60)
    assert cron.is_due(now) == (False, 50 * 60)
    assert cron.remaining_estimate(now) == timedelta(minutes=50)


def test_the_due_instant_itself_is_due() -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)

    assert Cron("0 * * * *", nowfun=lambda: noon).is_due(noon - timedelta(seconds=1)).is_due
    assert not Cron("0 * * * *", nowfun=lambda: noon).is_due(noon).is_due


@pytest.mark.parametrize("enable_utc", [True, False])
def test_a_naive_last_run_is_utc_as_it_is_to_celery(app: Celery, enable_utc: bool) -> None:  # noqa: FBT001
    app.conf.update(enable_utc=enable_utc, timezone="Asia/Tokyo")
    now = datetime(2026, 6, 1, 12, 10, tzinfo=UTC)
    cron = Cron("0 12 * * *", nowfun=lambda: now, app=app)

    assert cron.is_due(datetime(2026, 6, 1, 11, 59)).is_due  # noqa: DTZ001 -- on purpose
    assert not cron.is_due(datetime(2026, 6, 1, 12, 1)).is_due  # noqa: DTZ001


def test_a_last_run_in_another_zone_is_the_same_instant() -> None:
    now = datetime(2026, 6, 1, 12, 10, tzinfo=UTC)
    tokyo = timezone(timedelta(hours=9))
    cron = Cron("0 12 * * *", nowfun=lambda: now.astimezone(tokyo))

    assert cron.now() == now
    assert cron.is_due(datetime(2026, 6, 1, 20, 59, tzinfo=tokyo)).is_due
    assert not cron.is_due(datetime(2026, 6, 1, 21, 1, tzinfo=tokyo)).is_due


def test_without_a_clock_of_its_own_it_asks_the_app(app: Celery) -> None:
    cron = Cron("0 12 * * *", app=app)

    assert abs(cron.now() - app.now()) < timedelta(minutes=1)
    assert cron.now().tzinfo is UTC


def test_a_shelf_keeps_entries_over_a_restart(app: Celery, tmp_path: Path) -> None:
    schedules = {
        "cron": Cron("0 12 * * *", "Europe/Paris"),
        "every": Every("90s"),
        "delayed": Governed(Cron("@daily"), Policy(spread=timedelta(minutes=5))),
    }
    app.conf.beat_schedule = {
        name: {"task": name, "schedule": schedule} for name, schedule in schedules.items()
    }
    first = PersistentScheduler(app, schedule_filename=str(tmp_path / "shelf"))
    ran = first.reserve(first.schedule["cron"])
    first.close()

    second = PersistentScheduler(app, schedule_filename=str(tmp_path / "shelf"))

    kept = {name: second.schedule[name] for name in schedules}
    assert {name: entry.schedule for name, entry in kept.items()} == schedules
    assert kept["cron"].last_run_at == ran.last_run_at
    assert kept["cron"].total_run_count == 1
    second.close()


def an_hour_ago() -> datetime:
    return datetime(2026, 6, 1, 11, tzinfo=UTC)


def test_a_pickled_schedule_keeps_its_clock() -> None:
    cron = Cron("0 12 * * *", nowfun=an_hour_ago)

    again = pickle.loads(pickle.dumps(cron))  # noqa: S301 -- our own bytes

    assert again.now() == an_hour_ago()


def test_a_guests_schedule_runs_too(app: Celery) -> None:
    clock = ManualClock(datetime(2026, 6, 1, 0, 0, 30, tzinfo=UTC))
    foreign = Foreign(Every("1h"), nowfun=clock.now, app=app)
    after, until = clock.now(), clock.now() + timedelta(hours=5)

    times = sent_times(app, clock, foreign, until)

    assert len(times) == len(list(foreign.between(after, until))) == 5
