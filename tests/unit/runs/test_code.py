"""Code that is edited while it runs, as one process reads it anew."""

import sys
from pathlib import Path

import pytest
from celery import Celery

from beat_schedule.runs.code import Version
from beat_schedule.runs.install import install
from beat_schedule.settings import Settings
from beat_schedule.translate import load

JOBS = """
def first(): return {answer}
def second(): return 2
"""
FIRST = "edited_jobs.first@daily"
SECOND = "edited_jobs.second@daily"


class House:
    """A project of its own, and an app that follows it."""

    def __init__(self, folder, *, hooks="edited_hooks", **settings):
        self.folder = folder
        self.hooks = hooks or "hooks"
        if hooks:
            settings["hooks"] = (hooks,)
        self.write("edited_jobs", JOBS.format(answer=1))
        self.declare("first")
        database = f"sqlite:///{folder}/hookbeat.db"
        settings = Settings(database_url=database, **settings)
        self.app = Celery("edited", set_as_current=False)
        self.process = install(self.app, settings, load(settings))

    def write(self, module, text):
        (self.folder / f"{module}.py").write_text(text)

    def declare(self, *tasks):
        handlers = [f"edited_jobs.{task}" for task in tasks]
        self.write(self.hooks, f"scheduler_events = {{'daily': {handlers!r}}}\n")

    def settle(self):
        """Look twice: nobody writes any more."""
        self.process.code.look()
        return self.process.code.look()

    def declared(self):
        return set(self.app.conf.beat_schedule)

    def answer(self, task="edited_jobs.first"):
        return self.app.tasks[task].run()


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield House(tmp_path)
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_an_entry_that_is_added_and_one_that_is_removed_take_effect(house):
    house.declare("second")

    assert house.settle() == Version(code=1, entries=1)

    assert house.declared() == set(house.process.entries) == {SECOND}
    assert house.answer("edited_jobs.second") == 2


def test_what_was_sent_for_a_removed_entry_can_still_be_carried_out(house):
    house.declare("second")
    house.settle()

    assert house.answer("edited_jobs.first") == 1


def test_nothing_is_read_while_somebody_writes(house):
    house.declare("second")

    assert house.process.code.look() == Version()
    house.declare("first", "second")
    assert house.process.code.look() == Version()
    assert house.process.code.look() == Version(code=1, entries=1)
    assert house.declared() == {FIRST, SECOND}


def test_another_body_of_a_function_is_other_code_and_the_same_entries(house):
    house.write("edited_jobs", JOBS.format(answer=1000))

    assert house.settle() == Version(code=1, entries=0)
    assert house.answer() == 1000


def test_an_edit_of_the_same_size_within_a_second_is_seen(house):
    for number in range(2, 6):
        house.write("edited_jobs", JOBS.format(answer=number))
        house.settle()
        assert house.answer() == number


@pytest.mark.parametrize("module", ["edited_hooks", "edited_jobs"])
def test_a_file_that_cannot_be_imported_changes_nothing_and_is_told_once(house, caplog, module):
    house.write(module, "def half(:\n")

    assert house.settle() == Version()
    assert house.settle() == Version()

    assert house.declared() == {FIRST}
    assert house.answer() == 1
    assert caplog.text.count("code.broken") == 1
    assert "SyntaxError" in caplog.text


MISSPELT = "scheduler_event = {'daily': ['edited_jobs.first']}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "no module named 'edited_hooks'"),
        ("", "has no scheduler_events"),
        (MISSPELT, "rename"),
    ],
    ids=["gone", "emptied", "misspelt"],
)
def test_hooks_that_say_nothing_any_more_change_nothing_until_they_do(house, caplog, text, reason):
    if text is None:
        (house.folder / "edited_hooks.py").unlink()
    else:
        house.write("edited_hooks", text)

    assert house.settle() == house.settle() == Version()

    assert house.declared() == set(house.process.entries) == {FIRST}
    assert caplog.text.count("code.broken") == 1
    assert reason in caplog.text

    house.declare("second")

    assert house.settle() == Version(code=1, entries=1)
    assert house.declared() == {SECOND}


def test_every_entry_is_removed_by_saying_so(house):
    house.write("edited_hooks", "scheduler_events = {}\n")

    assert house.settle() == Version(code=1, entries=1)
    assert house.declared() == set()


def test_hooks_that_declared_nothing_may_go_and_keep_no_edit_back(house):
    house.write("edited_hooks", "scheduler_events = {}\n")
    house.settle()
    house.write("edited_hooks", "")
    house.settle()

    house.write("edited_jobs", JOBS.format(answer=9))
    house.settle()

    assert house.answer() == 9


def test_it_is_read_when_it_is_mended(house):
    house.write("edited_jobs", "def half(:\n")
    house.settle()

    house.write("edited_jobs", JOBS.format(answer=7))

    assert house.settle().code == 1
    assert house.answer() == 7


def test_a_bad_entry_leaves_the_others_running_and_is_told(house, caplog):
    house.declare("first", "secnod")

    house.settle()

    assert house.declared() == {FIRST}
    assert "entry.left_out" in caplog.text
    assert "did you mean 'edited_jobs.second'?" in caplog.text


def test_a_module_that_comes_later_mends_the_entry_that_names_it(house):
    house.write("edited_hooks", "scheduler_events = {'daily': ['edited_later.run']}\n")
    assert house.settle().entries == 1
    assert house.declared() == set()

    house.write("edited_later", "def run(): return 3\n")

    assert house.settle().entries == 2
    assert house.answer("edited_later.run") == 3


def test_entries_that_somebody_else_added_stay(house):
    house.app.conf.beat_schedule["guest"] = {"task": "guest", "schedule": 60}

    house.declare("second")
    house.settle()

    assert house.declared() == {"guest", SECOND}


def test_a_celery_task_is_declared_anew_with_its_options(house):
    house.write(
        "edited_jobs", "from celery import shared_task\n@shared_task\ndef first(): return 8\n"
    )

    house.settle()

    assert house.answer() == 8
    assert house.app.tasks["edited_jobs.first"].app is house.app


CLASS = """
from beat_schedule import Task

class SayHi(Task):
    run_every = "{every}"
    def handle(self): return "hi"
"""
CLOCK = """
from beat_schedule.clocks import scheduler

def pull(): return "pulled"

scheduler.add_job(pull, "cron", id="{name}", hour="6")
"""


@pytest.fixture
def autoloading(tmp_path, monkeypatch):
    """A project whose package `edited_app` is loaded by itself."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    (tmp_path / "edited_app").mkdir()
    (tmp_path / "edited_app/__init__.py").write_text("")
    yield House(tmp_path, autoload=("edited_app",))
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_task_class_that_is_added_changed_and_removed_takes_effect(autoloading):
    autoloading.write("edited_app/hi", CLASS.format(every="3 days"))
    autoloading.settle()
    (key,) = autoloading.declared() - {FIRST}
    before = autoloading.process.entries[key].schedule

    autoloading.write("edited_app/hi", CLASS.format(every="5 days"))
    autoloading.settle()

    assert autoloading.declared() == {FIRST, key}
    assert autoloading.process.entries[key].schedule != before

    (autoloading.folder / "edited_app/hi.py").unlink()
    autoloading.settle()

    assert autoloading.declared() == {FIRST}


def test_a_clock_that_is_added_and_changed_takes_effect_and_has_its_queue(autoloading):
    (autoloading.folder / "edited_app/algolia").mkdir()
    autoloading.write("edited_app/algolia/clock", CLOCK.format(name="pull"))
    autoloading.settle()

    assert autoloading.declared() == {FIRST, "pull"}
    assert autoloading.process.entries["pull"].queue == "algolia"
    assert "algolia" in autoloading.app.amqp.queues
    assert autoloading.process.time_limits("algolia") != (None, None)

    autoloading.write("edited_app/algolia/clock", CLOCK.format(name="pull_all"))
    autoloading.settle()

    assert autoloading.declared() == {FIRST, "pull_all"}


def test_hooks_that_nobody_names_and_that_vanish_change_nothing(house, monkeypatch, caplog):
    others = [each for each in sys.path if not Path(each, "hooks.py").exists()]
    monkeypatch.setattr(sys, "path", [str(house.folder), *others])
    monkeypatch.delitem(sys.modules, "hooks", raising=False)
    house = House(house.folder, hooks=None, autoload=("edited_jobs",))
    assert house.declared() == {FIRST}

    (house.folder / "hooks.py").unlink()

    assert house.settle() == Version()
    assert house.declared() == {FIRST}
    assert "code.broken" in caplog.text


def test_in_production_nobody_looks_unless_told_to(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))

    assert House(tmp_path, environment="production").process.code is None
    assert House(tmp_path, environment="production", reload=True).process.code
    assert House(tmp_path, reload=False).process.code is None
