"""What somebody finds here who comes from Masonite's scheduler, without what went wrong.

The examples are the document's own, but for the line that imports `Task`. What each attribute
means, in ordinary years and leap years, is in tests/unit: `test_modulus` and `test_classes`.
"""

from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule import Settings
from beat_schedule.translate import load
from tests.project import Project

MINUTE = timedelta(minutes=1)

ANNOTATED = """
from beat_schedule import Task
from masonite.request import Request


class SayHi(Task):

    def __init__(self, request: Request):
        self.request = request

    def handle(self):
        print("at", self.request.path)
"""

BY_KEY_NAME = """
from beat_schedule import Task


class SayHi(Task):

    def __init__(self, Request):
        self.request = Request

    def handle(self):
        print("at", self.request.path)
"""

COMPLETE = """
from beat_schedule import Task
import requests


class SayHi(Task):

    run_every = '3 days'
    run_at = '17:00'

    def __init__(self):
        pass

    def handle(self):
        requests.post('http://url.com/api/store')
"""

EVERY_MINUTE = """
from beat_schedule import Task


class SayHi(Task):

    run_every = '1 minute'

    def __init__(self):
        pass

    def handle(self):
        print('Hi!')
"""

FAILING = """
from beat_schedule import Task


class Broken(Task):
    run_every = '1 minute'

    def handle(self):
        raise LookupError("no such subscriber")
"""

SAY_HI = "app.tasks.SayHi.SayHi"


def due(project: Project, since: str, days: int) -> list[str]:
    """Due times of the only entry, as a wall clock in UTC shows them."""
    project.forget()
    [entry] = load(Settings.read()).entries
    start = datetime.fromisoformat(since).replace(tzinfo=UTC)
    times = entry.schedule.between(start, start + timedelta(days=days))
    return [f"{due_at:%-d %B %H:%M}" for due_at in times]


def let_pass(project: Project, minutes: int) -> None:
    """As if cron had called last so long ago."""
    project.done("run-due")
    seen = datetime.fromisoformat(project.told("cursor")["cursor"])
    project.done("cursor", "--reset", (seen - minutes * MINUTE).isoformat(), "--yes")


def test_a_task_is_made_and_found_and_has_no_time_yet(project: Project):
    """`$ craft task SayHi` makes "the simple boiler plate for our tasks"."""
    made = project.done("make", "task", "SayHi")

    assert "made: app/tasks/say_hi.py" in made
    assert project.told("list")["unscheduled"] == ["app.tasks.say_hi.SayHi"]
    assert "succeeded" in project.done("run", "app.tasks.say_hi.SayHi", "--inline")


@pytest.mark.parametrize("example", [ANNOTATED, BY_KEY_NAME], ids=["annotation", "key name"])
def test_the_constructor_is_resolved_by_the_container(project: Project, example: str):
    """Either by the annotation, or by "the usual resolving by the key name"."""
    project.write("app/tasks/SayHi.py", example)

    assert "at /greetings" in project.done("run", SAY_HI, "--inline")


def test_what_the_container_does_not_have_is_told_before_anything_runs(project: Project):
    project.write(
        "app/tasks/SayHi.py", COMPLETE.replace("__init__(self)", "__init__(self, Upload)")
    )

    checked = project.run("check")

    assert checked.exit_code == 1
    assert "nobody fills the parameter 'Upload' of app.tasks.SayHi.SayHi" in checked.output


def test_a_complete_task_runs_every_three_days_at_five(project: Project):
    """What "will fire that API call every 3 days at 5pm"."""
    project.write("app/tasks/SayHi.py", COMPLETE)

    assert project.told("list")["entries"][0]["key"] == f"{SAY_HI}@run_every"
    assert due(project, "2027-05-01", 12) == [
        "3 May 17:00",
        "6 May 17:00",
        "9 May 17:00",
        "12 May 17:00",
    ]
    assert "POST http://url.com/api/store" in project.done("run", SAY_HI, "--inline")


def test_every_three_days_in_may_without_a_time_is_at_midnight(project: Project):
    """And one that is created on May 11th "will run the next day on the 12th"."""
    project.write("app/tasks/SayHi.py", COMPLETE.replace("run_at = '17:00'", ""))

    assert due(project, "2027-05-01", 12) == [
        "3 May 00:00",
        "6 May 00:00",
        "9 May 00:00",
        "12 May 00:00",
    ]
    assert due(project, "2027-05-11T09:00", 5) == ["12 May 00:00", "15 May 00:00"]


def test_a_time_of_day_with_minutes_is_ignored_as_the_document_says(project: Project):
    project.write(
        "app/tasks/SayHi.py", EVERY_MINUTE.replace("'1 minute'", "'1 minute'\n    run_at = '17:00'")
    )

    assert "app/tasks/SayHi.py: SayHi.run_at: is ignored" in project.done("check")
    assert len(due(project, "2027-05-01", 1)) == 24 * 60


def test_hi_appears_on_the_terminal(project: Project):
    """`$ craft schedule:run`, of which nothing was seen but what tasks print."""
    project.write("app/tasks/SayHi.py", EVERY_MINUTE)
    let_pass(project, minutes=1)

    assert "Hi!" in project.done("run-due", "--inline").splitlines()


def test_a_task_that_is_not_due_does_not_run(project: Project):
    project.write("app/tasks/SayHi.py", COMPLETE)
    project.done("run-due")

    assert "POST" not in project.done("run-due", "--inline")


def test_one_failing_task_does_not_keep_the_next_from_running(project: Project):
    """There, an exception ended the whole `schedule:run`."""
    project.write("app/tasks/Broken.py", FAILING)
    project.write("app/tasks/SayHi.py", EVERY_MINUTE)
    let_pass(project, minutes=1)

    done = project.run("run-due", "--inline")

    assert done.exit_code == 1
    assert "LookupError: no such subscriber" in done.stderr
    assert "Hi!" in done.stdout


def test_minutes_in_which_cron_did_not_call_are_not_lost(project: Project):
    """There, a task asked for "now" when its turn came, and a minute that was missed was gone."""
    project.write("app/tasks/SayHi.py", EVERY_MINUTE)
    let_pass(project, minutes=30)

    done = project.done("run-due", "--inline")

    assert done.splitlines().count("Hi!") == 1
    assert "coalesced" in done


def test_the_crontab_line_needs_no_path_and_no_source(project: Project):
    """There, PATH was copied out of `env`, and the line had `cd … && source venv/bin/activate`."""
    printed = project.done("run-due", "--inline", "--print-crontab", "--minutes", "1")

    assert "* * * * *" in printed
    assert str(project.folder) in printed
    assert "source" not in printed


def test_a_folder_inside_another_is_found_once(project: Project):
    """`AUTOLOAD = ['app', 'app/tasks']`, as the document has it."""
    project.write("app/tasks/SayHi.py", EVERY_MINUTE)

    listed = project.told("list")

    assert [entry["key"] for entry in listed["entries"]] == [f"{SAY_HI}@run_every"]
    assert listed["problems"] == []


def test_a_task_that_is_bound_by_hand_needs_no_autoloading(project: Project):
    """The first way of the document: in a provider, instead of autoloading."""
    project.write("app/tasks/SayHi.py", EVERY_MINUTE)
    project.write(
        "container.py",
        """
        from app.tasks.SayHi import SayHi
        from beat_schedule.runs.providers import Providers

        providers = Providers()
        providers.register(SayHi)
        """,
    )
    project.set(autoload="")

    assert [each["key"] for each in project.told("list")["entries"]] == [f"{SAY_HI}@run_every"]
    assert "Hi!" in project.done("run", SAY_HI, "--inline")


def test_a_broken_task_of_every_kind_leaves_the_others_running(project: Project):
    """There, `run_every = 'daily'` ended the whole `schedule:run`, and `weeks` never ran."""
    project.write("app/tasks/SayHi.py", EVERY_MINUTE)
    let_pass(project, minutes=1)
    project.write("app/tasks/Daily.py", EVERY_MINUTE.replace("1 minute", "daily"))
    project.write("app/tasks/Weeks.py", EVERY_MINUTE.replace("1 minute", "2 weeks"))
    project.write("app/tasks/Unread.py", "class SayHi(Task):")

    checked = project.run("check")
    done = project.run("run-due", "--inline")

    assert checked.exit_code == 1
    assert "app/tasks/Daily.py: SayHi: run_every 'daily': " in checked.output
    assert "app/tasks/Weeks.py: SayHi: run_every '2 weeks': " in checked.output
    assert "app/tasks/Unread.py: importing 'app.tasks.Unread' raised SyntaxError" in checked.output
    assert "Hi!" in done.stdout.splitlines()
    assert done.exit_code == 1
    assert "left out: app/tasks/Weeks.py: SayHi: run_every '2 weeks': " in done.stderr


def test_an_operator_says_otherwise_without_a_change_of_the_class(project: Project):
    """There, only whoever could edit the file could change the time."""
    project.write("app/tasks/SayHi.py", COMPLETE)
    key, why = f"{SAY_HI}@run_every", ["--why", "the desk is in Tokyo"]

    project.done("entry", "set", key, "--timezone", "Asia/Tokyo", *why)
    shown = project.told("entry", "show", key)
    project.done("entry", "reset", key, *why)

    assert shown["code"]["schedule"] == "every 3 days of the year at 17:00 (UTC)"
    assert shown["in_force"]["schedule"] == "every 3 days of the year at 17:00 (Asia/Tokyo)"
    assert project.told("entry", "show", key)["said"] is None


def test_an_operator_gives_a_time_to_a_task_that_has_none(project: Project):
    project.write("app/tasks/SayHi.py", ANNOTATED)

    added = ["entry", "add", "morning", "--task", SAY_HI, "--cron", "0 6 * * *", "--why", "asked"]
    project.done(*added)

    shown = project.told("entry", "show", "morning")
    assert shown["in_force"]["task"] == SAY_HI
    assert shown["in_force"]["schedule"] == "every day at 06:00 (UTC)"
