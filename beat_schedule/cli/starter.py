"""The files of a new project: what a house needs, and one task to begin with."""

from collections.abc import Mapping
from types import MappingProxyType

_HOOKS = '''\
"""What runs when: edit this to schedule a task. `hookbeat check` tells what is wrong in it."""

scheduler_events = {
    "every": {"5m": ["tasks.hello.hello"]},
    # Some time after midnight: what is too old goes from the record.
    "daily_maintenance": ["beat_schedule.housekeeping.clean"],
    # More that comes along: old files go from a folder; is there a newer Hookbeat, as
    # HOOKBEAT_PACKAGE_INDEX tells?
    # "hourly": [{"task": "beat_schedule.housekeeping.remove_old_files", "kwargs": "folder=tmp"}],
    # "daily": ["beat_schedule.housekeeping.check_version"],
}
'''

_TASKS = '''\
"""What runs: plain functions. `hooks.py` names them by their dotted paths."""
'''

_HELLO = '''\
"""A task to begin with: change it, or take it out of hooks.py."""

from beat_schedule import RunContext


def hello(context: RunContext, name: str = "world") -> None:
    """Greet. Try it here: hookbeat run tasks.hello.hello --inline --kwargs name=Ada"""
    print(f"Hello, {name}! This run is for {context.due_at:%Y-%m-%d %H:%M}.")
    context.report(greeted=1)
'''

_WORKER = '''\
"""The Celery app, in celery.py: `celery -A worker …` finds it there."""
'''

_APP = '''\
"""The app: settings, entries, and what Hookbeat makes of them."""

import sys
from pathlib import Path
from typing import Any

from celery import Celery, signals

from beat_schedule import Settings, logs
from beat_schedule.runs.install import install
from beat_schedule.translate import load

PROJECT = Path(__file__).resolve().parent.parent

# `celery -A` puts it there during the import only, and tasks may import later.
if str(PROJECT) not in sys.path:
    sys.path.insert(0, str(PROJECT))

settings = Settings.read(project=PROJECT)
app = Celery("worker")
install(app, settings, load(settings))


@signals.setup_logging.connect(weak=False)
def set_up_logging(**_: Any) -> None:
    logs.configure(settings)
'''

_TEST = '''\
"""When things run, and what they do then: on a record that is thrown away, without a Redis.

What `hookbeat check` says stands among the tests too: pyproject.toml asks for it.
"""

from beat_schedule.testing import Rehearsal, assert_runs

HELLO = "tasks.hello.hello"


def test_it_greets_every_five_minutes() -> None:
    times = ["2026-03-10 12:00", "2026-03-10 12:05", "2026-03-10 12:10"]
    assert_runs(HELLO, between=("2026-03-10 12:00", "2026-03-10 12:15"), times=times)


def test_it_greets_the_world() -> None:
    with Rehearsal("2026-03-10 12:00", only=[HELLO]) as house:
        [run] = house.run_due(until="2026-03-10 12:05")

    assert run.outcome == "succeeded", run.traceback
    assert run.counts == {"greeted": 1}
'''

_PYPROJECT = """\
# Where Hookbeat finds this project; every setting may stand here, or be a variable HOOKBEAT_*.
[tool.hookbeat]
app = "worker"
hooks = ["hooks"]
# Where Task classes and clocks are looked for.
autoload = ["tasks"]

[tool.pytest.ini_options]
pythonpath = ["."]
testpaths = ["tests"]
# Each problem in hooks.py is a test that fails.
hookbeat_check = true
"""

_GITIGNORE = """\
.hookbeat/
.venv/
.env
__pycache__/
.pytest_cache/
"""

#: By the path in the project.
FILES: Mapping[str, str] = MappingProxyType(
    {
        "hooks.py": _HOOKS,
        "tasks/__init__.py": _TASKS,
        "tasks/hello.py": _HELLO,
        "worker/__init__.py": _WORKER,
        "worker/celery.py": _APP,
        "tests/test_hooks.py": _TEST,
        "pyproject.toml": _PYPROJECT,
        ".gitignore": _GITIGNORE,
    }
)

#: Many tools have made these before; a project works without ours.
SHARED = ("pyproject.toml", ".gitignore")
