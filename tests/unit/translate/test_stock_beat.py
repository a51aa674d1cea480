"""`translate` for a stock Celery beat: `app.conf.beat_schedule = translate({...})`."""

import pickle
from datetime import UTC, datetime, timedelta

import pytest
from celery import Celery
from celery.beat import ScheduleEntry, Scheduler

from beat_schedule import translate
from beat_schedule.errors import HooksError
from beat_schedule.settings import Settings
from beat_schedule.testing import ManualClock

MORNING = {"task": "time.time", "at": "06:30", "queue": "long", "priority": 3, "timeout": "5m"}


class StockBeat(Scheduler):
    """Celery's own scheduler; it notes when it sends, instead of sending."""

    def __init__(self, events: object, clock: ManualClock) -> None:
        self.clock = clock
        self.sent: list[tuple[str, datetime]] = []
        app = Celery("guest", set_as_current=False)
        app.conf.beat_schedule = translate(events, Settings())
        for entry in app.conf.beat_schedule.values():
            entry["schedule"].nowfun = clock.now
        super().__init__(app)

    @property
    def producer(self):
        return None

    def apply_async(self, entry, **_how):
        self.sent.append((entry.name, self.clock.now()))

    def run_for(self, time: timedelta) -> list[tuple[str, datetime]]:
        """Let time pass, minute by minute."""
        for _ in range(time // timedelta(minutes=1)):
            while self.tick() == 0:
                pass
            self.clock.advance(timedelta(minutes=1))
        return self.sent


@pytest.fixture
def midday() -> ManualClock:
    return ManualClock(datetime(2026, 3, 10, 12, tzinfo=UTC))


def test_a_stock_beat_sends_at_the_due_time(midday):
    beat = StockBeat({"daily": [MORNING], "every": {"12h": ["time.time"]}}, midday)

    assert beat.run_for(timedelta(days=1)) == [
        ("time.time@every:12h", datetime(2026, 3, 11, tzinfo=UTC)),
        ("time.time@daily", datetime(2026, 3, 11, 6, 30, tzinfo=UTC)),
    ]


def test_a_stock_beat_sends_maintenance_later_by_its_offset(midday):
    beat = StockBeat({"daily_maintenance": ["time.time"]}, midday)

    assert beat.run_for(timedelta(days=2)) == [
        ("time.time@daily_maintenance", datetime(2026, 3, 11, 3, 56, tzinfo=UTC)),
        ("time.time@daily_maintenance", datetime(2026, 3, 12, 3, 56, tzinfo=UTC)),
    ]


def test_the_entry_carries_how_it_is_to_be_sent():
    [(key, entry)] = translate({"daily": [MORNING | {"args": []}]}, Settings()).items()

    assert ScheduleEntry(name=key, app=Celery(set_as_current=False), **entry).options == {
        "queue": "long",
        "priority": 3,
        "soft_time_limit": 300,
        "time_limit": 330,
        "headers": {
            "periodic_task_name": "time.time@daily",
            "hookbeat_entry": "time.time@daily",
        },
    }


def test_entries_survive_the_file_in_which_a_stock_beat_keeps_them():
    entries = translate(
        {"daily": [MORNING], "weekly": [{"task": "time.time", "at": ["06:30", "18:00"]}]},
        Settings(),
    )

    assert pickle.loads(pickle.dumps(entries)) == entries  # noqa: S301 -- our own


def test_every_problem_is_raised_at_once():
    with pytest.raises(HooksError) as raised:
        translate({"dayly": [], "daily": ["no_such_room.run"]}, Settings())

    assert str(raised.value) == (
        "the hooks cannot be scheduled:\n"
        "  - scheduler_events['dayly']: unknown event 'dayly' (did you mean 'daily'?)\n"
        "  - scheduler_events['daily'][0]: no module named 'no_such_room' "
        "(is the project's folder on sys.path? (hookbeat -C DIR))"
    )


def test_handlers_are_not_looked_up_where_that_would_be_too_early():
    entries = translate({"daily": ["no_such_room.run"]}, Settings(), imports=False)

    assert [entry["task"] for entry in entries.values()] == ["no_such_room.run"]
