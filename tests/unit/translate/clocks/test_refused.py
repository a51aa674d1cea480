"""What is wrong with a job names its line, and stops no other."""

import pytest


@pytest.mark.parametrize(
    ("job", "complaint"),
    [
        (
            "tasks.index, 'cron', [app], minute='/10'",
            "minute='/10': '/10' has no meaning (did you mean '*/10'?)",
        ),
        (
            "tasks.index, 'cron', [app], hour=6, minit='10'",
            "add_job has no 'minit' for 'cron' (did you mean 'minute'?)",
        ),
        (
            "tasks.index, 'interval', [app], hours=6, hour=6",
            "add_job has no 'hour' for 'interval' (did you mean 'hours'?)",
        ),
        ("tasks.index, 'chron', [app]", "unknown trigger 'chron' (did you mean 'cron'?)"),
        ("tasks.index, 'soon', [app]", "'soon' (write one of 'cron', 'interval', 'date')"),
        ("tasks.index, None, [app]", "no trigger is said (write one of 'cron', 'interval'"),
        ("tasks.index, object(), [app]", "write its name, 'cron', 'interval', 'date'"),
        ("tasks.index, 'cron', [app]", "no field is said, so it would be due each second"),
        ("tasks.index, 'interval', [app]", "no interval is said"),
        ("tasks.index, 'interval', [app], hours='2'", "hours='2' is no number (write one, as 30)"),
        ("tasks.index, 'interval', [app], seconds=0.5", "it is shorter than a second"),
        (
            "tasks.index, 'interval', [app], minutes=-5",
            "minutes=-5: it is shorter than a second (write minutes=5, hours=2, …)",
        ),
        (
            "tasks.index, 'interval', [app], hours=1, minutes=-90",
            "hours=1, minutes=-90: it is shorter than a second",
        ),
        ("tasks.index, 'interval', [app], weeks=1e30", "weeks=1e+30: it is longer than the calen"),
        ("tasks.index, 'interval', [app], hours=float('nan')", "hours=nan is no number"),
        ("tasks.index, 'cron', [app], hour=1, id=5", "line 5: id=5 cannot name an entry (write te"),
        ("tasks.index, 'cron', [app], hour=1, id=''", "line 5: id='' cannot name an entry"),
        ("tasks.index, 'cron', [app], hour=1, name=5", "line 5: name=5 cannot describe it (write"),
        ("tasks.index, 'date', [app]", "no run_date is said, so it would run whenever a process"),
        ("tasks.index, 'date', [app], run_date='soon'", "run_date='soon' is no date"),
        (
            "tasks.index, 'interval', [app], hours=1, start_date='2027-05-01 06:00:00.5'",
            "has a fraction of a second: it would be another one in each process",
        ),
        (
            "tasks.index, 'cron', [app], hour=1, start_date='2027-05-01', end_date='2026-05-01'",
            "end_date lies before start_date (exchange the two)",
        ),
        ("tasks.index, 'cron', [app], hour=1, timezone='Mars'", "there is no such zone"),
        ("tasks.index, 'cron', [app], hour=1, next_run_time=None", "next_run_time has no meaning"),
        ("tasks.index, 'cron', [app], hour=1, jitter='much'", "jitter='much' (write whole seconds"),
        ("tasks.index, 'cron', [app], hour=1, queue='lnog'", "unknown queue 'lnog'"),
        ("tasks.index, 'cron', [app, 1, 2], hour=1", "does not take these arguments"),
        ("tasks.index, 'cron', [object()], hour=1", "is an object: arguments must be JSON"),
        ("tasks.index, 'cron', hour=1", "nobody fills the parameter 'app'"),
        ("tasks.made(), 'cron', [app], hour=1", "no worker finds yard.algolia.tasks.made.<locals>"),
        ("lambda: 1, 'cron', hour=1", "no worker finds yard.algolia.clock.<lambda>"),
        ("tasks.Indexer().run, 'cron', hour=1", "no worker finds yard.algolia.tasks.Indexer.run"),
        ("tasks, 'cron', hour=1", "is no function (name a function of a module)"),
        ("'yard.algolia.tasks:indx', 'cron', hour=1", "has no 'indx' (did you mean"),
    ],
)
def test_what_is_wrong_names_its_line_and_stops_no_other_job(declared, job, complaint):
    translation = declared(
        f"""
        scheduler.add_job({job})
        scheduler.add_job(tasks.index, 'cron', [app], id='sound', hour=6)
        """
    )

    [told] = [str(each) for each in translation.problems if complaint in str(each)]
    assert told.startswith("yard/algolia/clock.py line 5")
    assert [entry.key for entry in translation.entries] == ["sound"]


def test_the_fields_of_an_unknown_trigger_are_no_complaint_of_their_own(complaints):
    [told] = complaints("scheduler.add_job(tasks.index, 'crom', [app], hour=3)\n")

    assert told.endswith("line 4: unknown trigger 'crom' (did you mean 'cron'?)")


def test_two_jobs_of_one_function_need_an_id(complaints):
    job = "scheduler.add_job(tasks.index, 'cron', [app], hour={})\n"

    [told] = complaints(job.format(1) + job.format(2))

    assert told.startswith("yard/algolia/clock.py line 5: has the key")
    assert "of yard/algolia/clock.py line 4 too (drop one, or give one an 'id' of its own)" in told


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        ("jobs.py", "yard/jobs.py: says add_job, and is no clock by its name (name it clock.py in"),
        ("main_clock.py", "yard/main_clock.py: a clock cannot be named 'main'"),
        ("long/clock.py", "yard/long/clock.py: a clock cannot be named 'long'"),
    ],
)
def test_a_module_that_is_no_clock_declares_nothing(complaints, file, complaint):
    [told] = complaints("scheduler.add_job(tasks.index, 'cron', [app], hour=6)", file=file)

    assert told.startswith(complaint)


def test_what_starts_a_scheduler_elsewhere_says_that_a_beat_does_so_here(complaints):
    [told] = complaints("scheduler.start()")

    assert "the scheduler of clocks has no 'start'" in told
    assert "celery -A APP beat" in told
