"""What somebody finds here who comes from Frappe: hooks.py as it is, without what went wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule import Settings
from beat_schedule.translate import load, periodic_entries
from tests.beat_house import Beat, Leader
from tests.project import Project

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)

DAILY = "library_management.tasks.daily"


@pytest.fixture
def start(bench: Project, beat: Beat):
    """A beat that starts a second before noon of Monday the 4th of May, with these apps' hooks."""

    def start(*apps: str, **settings: str) -> Leader:
        bench.forget()
        hooks = tuple(f"{app}.hooks" for app in apps) or ("library_management.hooks",)
        translation = load(Settings(hooks=hooks, **settings))
        assert translation.problems == ()
        leader = beat.start(**periodic_entries(translation.entries))
        beat.clock.advance(SECOND)
        leader.make()
        return leader

    return start


def test_the_documents_hooks_run_its_function_once_a_day(bench, start, beat):
    """`cette fonction sera appelée tous les jours`."""
    leader = start()

    for _ in range(3):
        beat.clock.advance(DAY)
        leader.make()

    assert [due_at for entry, due_at in beat.sent("default")] == [datetime(2026, 5, 5, tzinfo=UTC)]
    assert "every day at 00:00 (UTC)" in bench.done("list")
    assert "Following Items are Overdue" in bench.done("run", DAILY, "--inline")


def test_all_is_due_every_three_minutes_weekly_on_sunday_monthly_on_the_first(bench, start, beat):
    """`Les gestionnaires par defaut`; Frappe's own code has never had the three minutes."""
    bench.write(
        "library_management/hooks.py",
        """
        task = "library_management.tasks.daily"
        free = {"task": task, "overlap": "allow"}
        scheduler_events = {
            "all": [free], "daily": [free], "weekly": [free], "monthly": [free],
        }
        """,
    )
    leader = start()
    for _ in range(9):
        beat.clock.advance(MINUTE)
        leader.make()
    by_minute = [due_at for _, due_at in beat.sent("default")]

    while beat.clock.now() < datetime(2026, 6, 2, tzinfo=UTC):
        beat.clock.advance(HOUR)
        leader.make()

    assert by_minute == [NOON + minutes * MINUTE for minutes in (0, 3, 6, 9)]
    sent = beat.sent("default")
    sundays = [due_at.day for entry, due_at in sent if entry.endswith("@weekly")]
    assert sundays == [10, 17, 24, 31]
    assert [due_at for entry, due_at in sent if entry.endswith("@monthly")] == [
        datetime(2026, 6, 1, tzinfo=UTC)
    ]
    assert sum(entry.endswith("@daily") for entry, _ in sent) == 29


def test_the_hooks_of_several_apps_are_merged_under_their_full_paths(bench, start, beat):
    """There, two apps whose `tasks.daily` both the template proposes overwrote each other."""
    for app in ("shop", "library_management"):
        bench.write(f"{app}/hooks.py", f'scheduler_events = {{"daily": ["{app}.tasks.daily"]}}')
        bench.write(f"{app}/tasks.py", "def daily(): ...")

    leader = start("shop", "library_management")
    beat.clock.advance(DAY)
    leader.make()

    assert sorted(entry for entry, _ in beat.sent("default")) == [
        "library_management.tasks.daily@daily",
        "shop.tasks.daily@daily",
    ]


def test_one_method_may_stand_under_several_events_each_an_entry_of_its_own(bench, start, beat):
    """There, a method had one schedule: the last one won."""
    bench.write(
        "library_management/hooks.py",
        """
        method = "library_management.tasks.daily"
        scheduler_events = {
            "daily": [method],
            "weekly_long": [method],
            "cron": {"15 18 * * *": [method], "midnight": [method]},
        }
        """,
    )

    leader = start()
    beat.clock.advance(7 * HOUR)
    leader.make()

    assert beat.sent("default") == [(f"{DAILY}@cron:15 18 * * *", NOON + 6.25 * HOUR)]
    keys = [row["key"] for row in bench.told("list")["entries"]]
    assert keys == [
        f"{DAILY}@daily",
        f"{DAILY}@weekly_long",
        f"{DAILY}@cron:15 18 * * *",
        f"{DAILY}@cron:midnight",
    ]


def test_long_ones_have_the_long_queue_and_its_time_under_cron_too(bench):
    """There, `cron_long` was taken in silence, and its jobs killed after 300 s."""
    bench.write(
        "library_management/hooks.py",
        f"""
        scheduler_events = {{
            "cron_long": {{"30 3 * * *": ["{DAILY}"]}},
            "hourly_long": ["{DAILY}"],
            "hourly": ["{DAILY}"],
        }}
        """,
    )

    queues = {row["event"]: row["queue"] for row in bench.told("list")["entries"]}

    assert queues == {"cron_long": "long", "hourly_long": "long", "hourly": "default"}
    assert Settings().queue_timeouts["long"] == timedelta(seconds=1500)


def test_one_bad_line_is_told_and_stops_no_other(bench, beat):
    """There, one bad expression stopped all that came after it, at every tick."""
    bench.write(
        "library_management/hooks.py",
        f"""
        scheduler_events = {{
            "cron": {{"61 * * * *": ["{DAILY}"], "0 13 * * *": ["{DAILY}"]}},
            "hourli": ["{DAILY}"],
            "daily": ["library_management.tasks.dayly"],
        }}
        """,
    )
    done = bench.run("check")
    bench.forget()
    translation = load(Settings(hooks=("library_management.hooks",)))
    leader = beat.start(**periodic_entries(translation.entries))
    beat.clock.advance(DAY)
    leader.make()

    assert done.exit_code == 1
    assert "61 is out of range" in done.output
    assert "did you mean 'hourly'?" in done.output
    assert f"did you mean '{DAILY}'?" in done.output
    assert beat.sent("default") == [(f"{DAILY}@cron:0 13 * * *", NOON + HOUR)]


def test_maintenance_events_are_sent_at_an_offset_of_their_own_and_it_really_applies(
    bench, start, beat
):
    """There, the offset was worked out and then dropped: all of them ran at midnight."""
    for number in range(4):
        bench.write(f"app_{number}/tasks.py", "def tidy(): ...")
        bench.write(
            f"app_{number}/hooks.py",
            f'scheduler_events = {{"daily_maintenance": ["app_{number}.tasks.tidy"]}}',
        )
    apps = [f"app_{number}" for number in range(4)]
    leader = start(*apps)
    midnight = NOON + DAY / 2

    beat.clock.advance(midnight - beat.clock.now())
    leader.make()
    assert beat.sent("long") == []

    minutes: dict[str, int] = {}
    for minute in range(1, 241):
        beat.clock.advance(MINUTE)
        leader.make()
        if minute == 120:
            # A restart in between moves none of them.
            leader = start(*apps)
            beat.clock.advance(-SECOND)
        for entry, due_at in beat.sent("long"):
            assert due_at == midnight
            minutes.setdefault(entry, minute)

    assert len(minutes) == 4
    assert len(set(minutes.values())) > 1
    bench.set(hooks=",".join(f"{app}.hooks" for app in apps))
    said = {row["key"]: row["schedule"] for row in bench.told("list")["entries"]}
    assert said == {
        entry: f"every day at 00:00 (UTC), sent {minute} minutes later"
        for entry, minute in minutes.items()
    }


def test_what_is_due_together_is_sent_in_another_order_each_time(bench, start, beat):
    """So that no app is always the last in the queue; there, jobs were shuffled for that."""
    for number in range(4):
        bench.write(f"app_{number}/tasks.py", "def sync(): ...")
        bench.write(
            f"app_{number}/hooks.py",
            "scheduler_events = {'hourly': "
            f"{{'task': 'app_{number}.tasks.sync', 'overlap': 'allow'}}}}",
        )
    leader = start(*(f"app_{number}" for number in range(4)))
    for _ in range(24):
        beat.clock.advance(HOUR)
        leader.make()

    sent = [entry for entry, _ in beat.sent("default")]
    last = {sent[hour * 4 + 3] for hour in range(24)}
    assert len(sent) == 100
    assert len(last) == 4
