"""Clock modules below a package `yard`, written and loaded."""

import sys
from textwrap import dedent

import pytest

from beat_schedule.settings import Settings
from beat_schedule.translate import load

TASKS = """
    import functools
    from beat_schedule.clocks import cron_context
    from celery import shared_task

    def index(app, kind="venues"): ...

    def with_its_context(context, kind): ...

    @cron_context
    def given(app, kind): ...

    @shared_task
    def as_a_task(app): ...

    def many(*apps, **more): ...

    def made():
        def inside(app): ...
        return inside

    class Indexer:
        def run(self): ...
"""

HEAD = """
    from beat_schedule.clocks import app, scheduler
    from yard.algolia import tasks
"""


@pytest.fixture
def declared(tmp_path, monkeypatch):
    """Writes clock modules below `yard`, and loads them."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    # Python would take a file of the same size and second for the one before.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def declare(text="", file="algolia/clock.py", settings=None, **others):
        forget()
        files = {"algolia/tasks.py": TASKS, file: dedent(HEAD) + dedent(text), **others}
        for name, source in files.items():
            path = tmp_path / "yard" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(source))
        return load(Settings(autoload=("yard",), **{"hooks": (), **(settings or {})}))

    yield declare
    forget()


def forget():
    for name in [name for name in sys.modules if name.split(".")[0] == "yard"]:
        del sys.modules[name]


@pytest.fixture
def entry(declared):
    """The only entry that this says, without any complaint."""

    def entry(text, **how):
        translation = declared(text, **how)
        assert [str(each) for each in translation.problems] == []
        [found] = translation.entries
        return found

    return entry


@pytest.fixture
def complaints(declared):
    return lambda text, **how: [str(each) for each in declared(text, **how).problems]
