"""What Hookbeat promises about time, told on one beat whose clock we move.

Read from top to bottom: each test is a promise. `hooks` are what `hooks.py` would say; `sent` is
what lies in the queue, as (entry, due time).
"""

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from beat_schedule import Settings, translate
from beat_schedule.tokens import Tokens
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


def worked_off(beat: Beat, queue: str = "default") -> None:
    """Workers have carried out all that lies in the queue; it stays there, to be looked at."""
    tokens = Tokens(beat.redis, "test:")
    for message in beat.messages(queue):
        headers = message["headers"]
        tokens.end(headers["hookbeat_entry"], uuid.UUID(headers["hookbeat_run"]))


def decided(beat: Beat) -> list[tuple[str, int, str]]:
    """What the record will say: decision, how many due times, and why."""
    return [(line["decision"], int(line["count"]), line["reason"]) for line in beat.journal()]


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
        worked_off(beat)

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
        worked_off(beat)

    assert beat.sent("default") == [(f"{JOB}@every:10s", NOON + n * 10 * SECOND) for n in range(6)]


def test_without_a_worker_one_message_waits_and_every_due_time_says_why(beat):
    passes = started(beat, {"every": {"1s": [JOB]}})

    for _ in range(600):
        beat.clock.advance(SECOND)
        passes.make()

    assert len(beat.sent("default")) == 1
    (sent, *others) = decided(beat)
    assert sent == ("sent", 1, "")
    assert sum(count for _, count, _ in others) == 599
    assert all(what == "skipped" and why.startswith("overlap with ") for what, _, why in others)


def test_what_is_good_for_the_morning_only_does_not_run_at_noon(beat):
    hooks = {"hourly": [{"task": JOB, "catch_up": "none"}]}
    started(beat, hooks)

    beat.clock.advance(HOUR / 2)
    started(beat, hooks)

    assert beat.sent("default") == []
    assert decided(beat) == [("missed", 1, "nobody looked in time")]


def test_every_day_that_was_missed_is_made_up_for_one_after_the_other(beat):
    hooks = {"daily": [{"task": JOB, "catch_up": "all", "catch_up_window": "3d"}]}
    started(beat, hooks)

    beat.clock.advance(5 * DAY)
    passes = started(beat, hooks)
    waiting = []
    for _ in range(4):
        waiting.append(len(beat.sent("default")))
        worked_off(beat)
        passes.make((f"{JOB}@daily",))

    midnight = datetime(2026, 5, 5, tzinfo=UTC)
    assert [due for _, due in beat.sent("default")] == [midnight + n * DAY for n in (2, 3, 4)]
    assert waiting == [1, 2, 3, 3]
    assert decided(beat)[0] == ("expired", 2, "later than its window of 3 days")


def test_nothing_runs_after_it_has_expired(beat):
    hooks = {"hourly": [{"task": JOB, "expires": "10m"}]}
    started(beat, hooks)

    beat.clock.advance(HOUR / 2)
    started(beat, hooks)

    assert beat.sent("default") == []
    assert [what for what, _, _ in decided(beat)] == ["expired"]


def test_with_overlap_queue_the_next_run_waits_for_the_first_to_end(beat):
    passes = started(beat, {"hourly": [{"task": JOB, "overlap": "queue"}]})
    for _ in range(2):
        beat.clock.advance(HOUR)
        passes.make()
    assert [due for _, due in beat.sent("default")] == [NOON]

    worked_off(beat)
    passes.make((f"{JOB}@hourly",))

    assert [due for _, due in beat.sent("default")] == [NOON, NOON + HOUR]


def test_with_overlap_allow_nothing_is_waited_for(beat):
    passes = started(beat, {"hourly": [{"task": JOB, "overlap": "allow"}]})

    for _ in range(3):
        beat.clock.advance(HOUR)
        passes.make()

    assert [due for _, due in beat.sent("default")] == [NOON, NOON + HOUR, NOON + 2 * HOUR]


def test_an_advent_calendar_has_its_doors_in_december_and_then_is_over(beat):
    advent = {"task": JOB, "at": "06:00", "not_before": "2026-12-01", "not_after": "2026-12-24"}
    passes = started(beat, {"daily": [advent]})
    beat.clock.advance(datetime(2026, 11, 28, tzinfo=UTC) - beat.clock.now())

    for _ in range(40 * 4):
        beat.clock.advance(6 * HOUR)
        passes.make()
        worked_off(beat)

    first = datetime(2026, 12, 1, 6, tzinfo=UTC)
    assert [due for _, due in beat.sent("default")] == [first + n * DAY for n in range(24)]


def test_a_night_may_be_left_out_or_be_met_twice_where_that_is_wanted(beat):
    midnight = datetime(2026, 10, 25, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    beat.clock.advance(midnight - beat.clock.now())
    twice = {"task": JOB, "at": "02:30", "dst": {"overlap": "both"}}
    passes = started(beat, {"daily": [twice]}, "Europe/Paris")

    for _ in range(10):
        beat.clock.advance(HOUR / 2)
        passes.make()
        worked_off(beat)

    assert [due for _, due in beat.sent("default")] == [
        midnight + 2.5 * HOUR,
        midnight + 3.5 * HOUR,
    ]


def test_a_deploy_at_noon_that_changes_a_timeout_still_runs_noon(beat):
    started(beat, {"daily": [{"task": JOB, "at": "12:00"}]})

    beat.clock.advance(2 * MINUTE)
    started(beat, {"daily": [{"task": JOB, "at": "12:00", "timeout": "5m", "spread": "1s"}]})

    assert beat.sent("default") == [(f"{JOB}@daily", NOON)]


def test_a_new_time_of_day_counts_from_the_deploy_on(beat):
    started(beat, {"daily": [{"task": JOB, "at": "18:00"}]}).make()

    beat.clock.advance(2 * MINUTE)
    passes = started(beat, {"daily": [{"task": JOB, "at": "11:59"}]})
    passes.make()

    assert beat.sent("default") == []
