"""A house with five entries, people at its command line, and a worker that takes what is sent."""

import json
import uuid

import click
from click.testing import CliRunner

from beat_schedule.cli import main
from beat_schedule.clock import Clock
from beat_schedule.runs.call import call_of_function
from beat_schedule.runs.process import Process
from beat_schedule.runs.verdict import Verdict
from beat_schedule.settings import Settings
from beat_schedule.store.models import Run, Trigger
from beat_schedule.translate import load
from beat_schedule.translate.functions import function_at
from tests.openings import an_opening

FEATURES = """
from enum import Enum

class FeatureToggle(Enum):
    ENABLE_ALL_CRON = "If false, no cron is launched"
    ENABLE_RECURRENT_CRON = "If false, no synchronisation, indexing or pricing is launched"
    SYNCHRONIZE_TITELIVE = "Synchronise the stocks of Titelive"
    CLOSE_SHOP = "Close the shop at night"
"""

HOOKS = """
scheduler_events = {
    "every": {"5m": {"task": "NAME_tasks.synchronize_titelive_stocks", "name": "titelive"}},
    "daily": [
        {"task": "NAME_tasks.close", "name": "close", "feature": "CLOSE_SHOP"},
        {"task": "NAME_tasks.back_up", "name": "backup", "even_in_maintenance": True},
        {"task": "NAME_tasks.invoice", "name": "invoice", "environments": ["production"]},
        {"task": "NAME_tasks.misspelt", "name": "misspelt", "feature": "CLOSE_SHPO"},
    ],
}
"""

TASKS = """
from beat_schedule import cron_context, cron_require_feature, log_cron
from NAME_features import FeatureToggle

ran = []

@log_cron
@cron_context
@cron_require_feature(FeatureToggle.SYNCHRONIZE_TITELIVE)
def synchronize_titelive_stocks(app):
    ran.append("titelive")
    app.report(stocks=3)

def close(): ran.append("close")
def back_up(): ran.append("backup")
def invoice(): ran.append("invoice")
def misspelt(): ran.append("misspelt")
"""


class House:
    """One installation, up all the time: nothing here is ever restarted."""

    def __init__(self, settings: Settings, name: str, clock: Clock | None = None) -> None:
        self.settings = settings
        self.entries = {entry.key: entry for entry in load(settings).entries}
        self.worker = Process(settings, entries=self.entries.values(), clock=clock)
        self._tasks = __import__(f"{name}_tasks")

    @property
    def ran(self) -> list[str]:
        """What has run, in this order."""
        return self._tasks.ran

    def hookbeat(self, *words: str) -> str:
        """What somebody at the command line is told."""
        done = CliRunner().invoke(main, words)
        if done.exception and not isinstance(done.exception, SystemExit | click.ClickException):
            raise done.exception
        return done.output

    def takes(self, key: str, trigger: Trigger = Trigger.SCHEDULE, *, forced: bool = False) -> str:
        """A worker takes a run of the entry from its queue; how the run ended, and why."""
        opening = self.opening(key, trigger, forced=forced)
        self.carry_out(opening)
        with self.worker.runner.sessions() as session:
            row = session.get_one(Run, opening.run_id)
            return f"{row.outcome}: {row.reason}" if row.reason else str(row.outcome)

    def opening(self, key, trigger=Trigger.SCHEDULE, *, forced=False):
        entry, now = self.entries[key], self.worker.clock.now()
        return an_opening(
            run_id=uuid.uuid4(),
            entry=key,
            task=entry.task,
            trigger=trigger,
            forced=forced,
            due_at=now,
            started_at=now,
        )

    def carry_out(self, opening) -> Verdict:
        return self.worker.runner.carry_out(
            opening, call_of_function(function_at(opening.task), (), {})
        )

    def runs(self) -> list[dict[str, object]]:
        """What `hookbeat runs` says, the latest first."""
        return json.loads(self.hookbeat("runs", "--json"))
