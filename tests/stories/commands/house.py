"""The house that examples speak of: the library's tasks, and a run that went wrong there."""

import subprocess
import sys
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from beat_schedule.clock import SystemClock
from beat_schedule.store.engine import Sessions
from beat_schedule.store.models import Outcome, Run, RunState
from tests.project import Project
from tests.recorded import a_line, a_run, keep

HOOKS = """
scheduler_events = {
    "daily": [{"task": "tasks.library.daily", "feature": "MAIL_OVERDUE_NOTICES"}],
    "every": {"5m": ["tasks.library.deliver"]},
}
"""

TASKS = """
def daily(context):
    context.report(sent=3)


def deliver(): ...
"""

FEATURES = """
from enum import Enum


class FeatureToggle(Enum):
    ENABLE_ALL_CRON = "Without it nothing runs on schedule"
    MAIL_OVERDUE_NOTICES = "Write and send the library's overdue notices"
"""

#: Named after rooms of this repository, whose modules must not be taken for them.
ROOMS = ("hooks", "tasks")

ENTRY = "tasks.library.daily@daily"
#: The run that examples speak of.
RUN = uuid.UUID("3bb1a2c4-6f0e-4d56-9c1b-0a8c7d5e4f21")


def furnish(project: Project) -> None:
    project.write("hooks.py", HOOKS)
    project.write("tasks/library.py", TASKS)
    project.write("tasks/features.py", FEATURES)
    # The features get their rows by it.
    project.done("migrate")


def commit(project: Project) -> None:
    """Put it under git, as it is."""
    ada = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    for words in (["init", "-q"], ["add", "."], [*ada, "commit", "-qm", "Open the library"]):
        subprocess.run(["git", *words], cwd=project.folder, check=True)


HOOKBEAT = (sys.executable, "-c", "from beat_schedule.cli import main; main()")
WORKER = (sys.executable, "-m", "celery", "-A", "proj", "worker", "--pool=solo", "--loglevel=INFO")


def start(project: Project, command: Sequence[str], said: Path) -> "subprocess.Popen[bytes]":
    """What goes on until it is interrupted, as a process of its own; `said` is all it says."""
    with said.open("wb") as out:
        return subprocess.Popen(command, cwd=project.folder, stdout=out, stderr=out)


def fail(sessions: Sessions) -> None:
    """The run failed an hour ago, and said why."""
    at = SystemClock().now() - timedelta(hours=1)
    run: Run = a_run(at, Outcome.FAILED, ENTRY, id=RUN, error="TimeoutError: timeout")
    keep(sessions, run, a_line(run, 0, "timeout: mail.example.org", at))


def wait(sessions: Sessions) -> None:
    """The run is to be tried once more."""
    at = SystemClock().now()
    keep(sessions, a_run(at, None, ENTRY, id=RUN, state=RunState.WAITING, not_before=at))
