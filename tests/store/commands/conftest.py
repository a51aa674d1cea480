"""Somebody's house, in which commands are tried, and a record of each kind."""

import logging
import signal
import uuid
from pathlib import Path

import pytest
from click.testing import CliRunner

from beat_schedule.cli import main
from tests.project import settle

APP = '''
"""Somebody's app."""

from celery import Celery

from beat_schedule.runs.install import install
from beat_schedule.settings import Settings
from beat_schedule.translate import load

settings = Settings.read()
app = Celery("somebody", set_as_current=False)
install(app, settings, load(settings))
'''

TASKS = """
import os
from threading import Event


def count(context, kind="loans"):
    print(f"counting {kind}")
    context.log.info("thing.counted", day=f"{context.due_at:%Y-%m-%d %H:%M}")
    context.report(seen=3)


def wait(signal):
    os.kill(os.getpid(), signal)
    Event().wait()


def fail():
    raise LookupError("nothing there")
"""

HOOKS = """
scheduler_events = {
    "daily": ["NAME_tasks.count", "NAME_tasks.fail"],
    "weekly": {"task": "NAME_tasks.wait", "kwargs": {"signal": 15}},
}
"""


@pytest.fixture
def name():
    """Modules of this test's own: Python keeps what it once imported."""
    return f"house_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def house(tmp_path: Path, database_url, name, monkeypatch):
    for suffix, source in (("app", APP), ("tasks", TASKS), ("hooks", HOOKS)):
        (tmp_path / f"{name}_{suffix}.py").write_text(source.replace("NAME", name))
    settle(
        tmp_path,
        monkeypatch,
        app=f"{name}_app",
        hooks=f"{name}_hooks",
        database_url=database_url,
        redis_url="redis://127.0.0.1:1/0",
    )
    return tmp_path


@pytest.fixture
def hookbeat(house):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield lambda *words: CliRunner().invoke(main, ["-C", str(house), *words])
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture(params=[signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def stop(request):
    """A signal that is heard: whoever started the tests may have it ignored, as `nohup` does."""
    before = signal.signal(request.param, signal.default_int_handler)
    yield request.param
    signal.signal(request.param, before)
