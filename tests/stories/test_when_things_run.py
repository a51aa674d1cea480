"""What Hookbeat promises about time, told on one beat whose clock we move.

Read from top to bottom: each test is a promise. `hooks` are what `hooks.py` would say; `sent` is
what lies in the queue, as (entry, due time).
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from beat_schedule import Settings, translate
from tests.beat_house import Beat

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

JOB = "tasks.housekeeping.heartbeat"
OTHER = "tasks.library.deliver"


def started(beat: Beat, hooks: dict, timezone: str = "UTC"):
    """A beat process that starts now and makes its first pass."""
    passes = beat.start(**translate(hooks, Settings(timezone=timezone)))
    passes.make()
    return passes


def test_what_hooks_py_says_lies_in_the_queue_when_it_is_due(beat):
    passes = started(beat, {"daily": [{"task": JOB, "at": "12:00"}]})
    assert beat.sent("default") == []

    beat.clock.advance(SECOND)
    passes.make()

    assert beat.sent("default") == [(f"{JOB}@daily", NOON)]


def test_a_deploy_at_noon_does_not_eat_the_noon_job(beat):
    hooks = {"daily": [{"task": JOB, "at": "12:00"}]}
    started(beat, hooks)

    beat.clock.advance(2 * MINUTE)
    started(beat, hooks)

    assert beat.sent("default") == [(f"{JOB}@daily", NOON)]


def test_after_a_weekend_without_a_beat_each_entry_runs_once_for_its_newest_due_time(beat):
    hooks = {"hourly": [JOB], "daily": [OTHER]}
    started(beat, hooks)

    beat.clock.advance(2 * DAY + HOUR / 2)
    started(beat, hooks)

    assert sorted(beat.sent("default")) == [
        (f"{JOB}@hourly", NOON + 2 * DAY),
        (f"{OTHER}@daily", NOON + 1.5 * DAY),
    ]


def test_a_line_added_today_does_not_run_for_this_morning(beat):
    started(beat, {"hourly": [JOB]})

    beat.clock.advance(HOUR)
    started(beat, {"hourly": [JOB], "daily": [{"task": OTHER, "at": "12:30"}]})

    assert (f"{OTHER}@daily", NOON + HOUR / 2) not in beat.sent("default")


def test_the_night_that_has_twenty_five_hours_has_twenty_five_hourly_runs(beat):
    midnight = datetime(2026, 10, 25, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    beat.clock.advance(midnight - beat.clock.now())
    passes = started(
        beat, {"hourly": [JOB], "daily": [{"task": OTHER, "at": "02:30"}]}, "Europe/Paris"
    )

    for _ in range(25):
        beat.clock.advance(HOUR)
        passes.make()

    hours = [due_at for entry, due_at in beat.sent("default") if entry == f"{JOB}@hourly"]
    assert hours == [midnight + (number + 1) * HOUR for number in range(25)]
    # 02:30 comes twice that night; a fixed time runs the first time.
    assert [due for entry, due in beat.sent("default") if entry == f"{OTHER}@daily"] == [
        midnight + 2.5 * HOUR
    ]


def test_maintenance_is_spread_over_the_night_and_still_due_at_midnight(beat):
    midnight = datetime(2026, 5, 5, tzinfo=UTC)
    passes = started(beat, {"daily_maintenance": [JOB, OTHER]})
    left_at = {}

    while beat.clock.now() < midnight + 4 * HOUR:
        beat.clock.advance(10 * MINUTE)
        passes.make()
        for entry, due_at in beat.sent("long"):
            left_at.setdefault((entry, due_at), beat.clock.now())

    assert set(left_at) == {(f"{task}@daily_maintenance", midnight) for task in (JOB, OTHER)}
    assert len({left.replace(minute=0) for left in left_at.values()}) == 2


def test_whatever_crashes_in_between_nothing_is_sent_twice(beat):
    hooks = {"every": {"10s": [JOB]}}
    started(beat, hooks)

    for _ in range(6):
        beat.clock.advance(10 * SECOND)
        started(beat, hooks)

    assert beat.sent("default") == [(f"{JOB}@every:10s", NOON + n * 10 * SECOND) for n in range(6)]
