"""Clock modules: what `scheduler.add_job` says becomes entries."""

import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from beat_schedule.policies import CatchUp, Overlap
from beat_schedule.schedules import At, Bounded, Every, Fields
from beat_schedule.settings import Settings
from beat_schedule.translate import load
from tests.unit.translate.clocks.conftest import HEAD, forget

MAY = datetime(2027, 5, 1, 6, tzinfo=ZoneInfo("Europe/Paris"))


def test_a_job_is_an_entry_of_its_clock_with_a_queue_of_its_own(entry):
    found = entry("scheduler.add_job(tasks.index, 'cron', [app], id='index', day='*', hour='6')")

    assert (found.key, found.task) == ("index", "yard.algolia.tasks.index")
    assert (found.clock, found.queue, found.event) == ("algolia", "algolia", "clock")
    assert found.schedule == Fields({"day": "*", "hour": "6"})
    assert found.place == "yard/algolia/clock.py line 4"


def test_without_an_id_its_key_is_its_path_and_the_word_clock(entry):
    found = entry("scheduler.add_job(tasks.index, 'cron', [app], hour='6')")

    assert found.key == "yard.algolia.tasks.index@clock"


@pytest.mark.parametrize(
    ("file", "clock"),
    [
        ("algolia/clock.py", "algolia"),
        ("titelive_clock.py", "titelive"),
        ("jobs/nightly_clock.py", "nightly"),
        ("clock.py", "yard"),
    ],
)
def test_a_clock_has_the_name_of_its_folder_or_of_its_module(entry, file, clock):
    found = entry("scheduler.add_job(tasks.index, 'cron', [app], hour='6')", file=file)

    assert (found.clock, found.queue) == (clock, clock)


def test_several_modules_may_make_up_one_clock_and_several_clocks_live_side_by_side(declared):
    job = HEAD + "    scheduler.add_job(tasks.index, 'cron', [app], hour=6, id='{}')"
    translation = declared(
        "scheduler.add_job(tasks.index, 'cron', [app], hour=6, id='one')",
        **{"algolia_clock.py": job.format("two"), "titelive_clock.py": job.format("three")},
    )

    assert {each.key: each.clock for each in translation.entries} == {
        "one": "algolia",
        "two": "algolia",
        "three": "titelive",
    }
    assert translation.clocks == ["algolia", "titelive"]


@pytest.mark.parametrize(
    ("trigger", "schedule"),
    [
        ("'cron', minute='*/10'", Fields({"minute": "*/10"}, "Europe/Paris")),
        ("'cron', hour=6, timezone='UTC'", Fields({"hour": 6}, "UTC")),
        (
            "'cron', hour=6, start_date='2027-05-01 06:00:00', end_date='2027-06-01'",
            Bounded(
                Fields({"hour": 6}, "Europe/Paris"),
                MAY,
                datetime(2027, 6, 1, tzinfo=ZoneInfo("Europe/Paris")),
            ),
        ),
        ("'interval', hours=1, minutes=30", Every("90m")),
        ("'interval', weeks=1, start_date='2027-05-01 06:00:00'", Every("7d", MAY)),
        (
            "'interval', days=1, end_date='2027-05-01T04:00:00Z'",
            Bounded(Every("1d"), None, MAY),
        ),
        ("'date', run_date='2027-05-01 06:00:00'", At(MAY, "Europe/Paris")),
        ("'date', run_date='2027-05-01 04:00:00', timezone='UTC'", At(MAY, "UTC")),
    ],
)
def test_the_three_triggers_mean_what_they_mean_to_apscheduler(entry, trigger, schedule):
    found = entry(
        f"scheduler.add_job(tasks.index, {trigger}, args=[app])",
        settings={"timezone": "Europe/Paris"},
    )

    assert found.schedule == schedule


def test_a_decorator_says_the_same_as_a_call(entry):
    found = entry(
        """
        @scheduler.scheduled_job("cron", hour=3)
        def nightly(): ...
        """
    )

    assert found.task == "yard.algolia.clock.nightly"
    assert found.place == "yard/algolia/clock.py line 5"


def test_a_function_may_be_named_as_text_as_apscheduler_takes_it(entry):
    found = entry("scheduler.add_job('yard.algolia.tasks:index', 'cron', [app], hour=6)")

    assert found.task == "yard.algolia.tasks.index"


@pytest.mark.parametrize(
    "call",
    [
        "tasks.index, 'cron', [app]",
        "tasks.index, 'cron', [app, 'offers']",
        "tasks.index, 'cron', kwargs={'app': app}",
        "tasks.with_its_context, 'cron', [app, 'offers']",
        "tasks.with_its_context, 'cron', ['offers']",
        "tasks.given, 'cron', [app, 'offers']",
        "tasks.given, 'cron', ['offers']",
        "tasks.as_a_task, 'cron', [app]",
        "tasks.many, 'cron', [app, app]",
    ],
)
def test_app_may_be_given_wherever_a_function_takes_it(declared, call):
    translation = declared(f"scheduler.add_job({call}, hour=6)")

    assert translation.problems == ()
    assert len(translation.entries) == 1


def test_the_options_of_apscheduler_have_their_meaning(entry):
    found = entry(
        """
        scheduler.add_job(
            tasks.index, "cron", [app], name="All venues", minute=5, jitter=120,
            misfire_grace_time=90, coalesce=False, jobstore="default", replace_existing=True,
        )
        """
    )

    assert found.description == "All venues"
    assert found.policy.catch_up is CatchUp.ALL
    assert found.policy.overlap is Overlap.QUEUE
    assert found.policy.catch_up_window == timedelta(seconds=90)
    assert timedelta(0) <= found.policy.spread < timedelta(seconds=120)


def test_so_have_those_of_an_entry(entry):
    found = entry(
        """
        scheduler.add_job(
            tasks.index, "cron", [app], hour=2, minute=30, queue="long", timeout="20m",
            owner="search", dst={"overlap": "both"}, timezone="Europe/Paris",
        )
        """
    )

    assert (found.queue, found.clock) == ("long", "algolia")
    assert found.timeout == timedelta(minutes=20)
    assert found.owner == "search"
    assert "twice when it comes twice" in found.schedule.words()


def test_hooks_may_name_the_queue_of_a_clock(declared):
    translation = declared(
        "scheduler.add_job(tasks.index, 'cron', [app], hour=6)",
        settings={"hooks": ("yard.hooks",)},
        **{"hooks.py": "scheduler_events = {'daily': [{'task': 'time.time', 'queue': 'algolia'}]}"},
    )

    assert {each.event: (each.queue, each.clock) for each in translation.entries} == {
        "daily": ("algolia", "main"),
        "clock": ("algolia", "algolia"),
    }


def test_more_instances_than_one_may_overlap_and_their_number_is_not_kept(declared):
    translation = declared(
        "scheduler.add_job(tasks.index, 'cron', [app], hour=6, max_instances=4, executor='fast')"
    )

    [entry] = translation.entries
    assert entry.policy.overlap is Overlap.ALLOW
    assert [each.reason for each in translation.warnings] == [
        "max_instances=4: its runs are not counted, any number may overlap",
        "executor='fast' has no meaning here",
    ]


def test_a_module_that_is_executed_again_says_what_it_says_then(declared):
    before = declared("scheduler.add_job(tasks.index, 'cron', [app], hour=6)")
    after = declared("scheduler.add_job(tasks.index, 'cron', [app], hour=7)")

    assert before.entries[0].schedule.next(datetime(2026, 11, 21, tzinfo=UTC)).hour == 6
    assert [entry.schedule for entry in after.entries] == [Fields({"hour": "7"})]


def test_nothing_is_imported_where_nothing_may_be(declared):
    declared("scheduler.add_job(tasks.index, 'cron', [app], hour=6)")
    forget()

    translation = load(Settings(hooks=(), autoload=("yard",)), imports=False)

    assert translation.entries == ()
    assert "yard.algolia.clock" not in sys.modules
