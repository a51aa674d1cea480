"""The document's package `scheduled_tasks`: its examples as printed, but for their imports."""

import sys
import uuid
from textwrap import dedent

from click.testing import CliRunner

from beat_schedule.cli import main
from beat_schedule.runs.call import call_of_function
from beat_schedule.runs.process import Process
from beat_schedule.store.models import Run
from beat_schedule.translate import load
from beat_schedule.translate.functions import function_at
from tests.openings import an_opening

#: What the examples take from elsewhere in the application.
HEAD = """
from beat_schedule.clocks import cron_context, cron_require_feature, cron_required, log_cron
from scheduled_tasks.features import FeatureToggle
from scheduled_tasks.providers import (
    TITELIVE_STOCKS_PROVIDER_NAME,
    get_provider_by_local_class,
    update_venues_for_specific_provider,
)
"""

PROVIDERS = """
from types import SimpleNamespace

TITELIVE_STOCKS_PROVIDER_NAME = "TiteLiveStocks"
updated = []

def get_provider_by_local_class(name):
    return SimpleNamespace(id=f"the id of {name}")

def update_venues_for_specific_provider(provider):
    updated.append(provider)
"""

FEATURES = """
from enum import Enum

class FeatureToggle(Enum):
    SYNCHRONIZE_TITELIVE = "Synchronise the stocks of Titelive"
"""

#: As printed.
CLOCK = """
scheduler.add_job(synchronize_titelive_stocks, 'cron',
                          [app],
                          id='synchronize_titelive_stocks',
                          day='*', hour='6')
"""

FUNCTION = """
def synchronize_titelive_stocks(app):
    titelive_stocks_provider_id = get_provider_by_local_class(TITELIVE_STOCKS_PROVIDER_NAME).id
    update_venues_for_specific_provider(titelive_stocks_provider_id)
"""

#: As printed, each with its decorator.
WITH_CONTEXT = "@cron_required" + FUNCTION
WITH_LOG = "@log_cron" + FUNCTION
WITH_FEATURE = "@cron_require_feature(FeatureToggle.SYNCHRONIZE_TITELIVE)" + FUNCTION

#: As its text has them together: the feature nearest to the function.
WITH_ALL = "@log_cron\n@cron_context\n" + WITH_FEATURE

IMPORTS = """
from beat_schedule.clocks import app, scheduler
from scheduled_tasks.titelive import synchronize_titelive_stocks
"""


def forget():
    """Let each module be imported anew."""
    for name in [name for name in sys.modules if name.split(".")[0] == "scheduled_tasks"]:
        del sys.modules[name]


class House:
    """One installation, and a worker that takes what is sent to it."""

    def __init__(self, folder, settings):
        self.folder = folder
        self._settings = settings
        self.write("features.py", FEATURES)
        self.write("providers.py", PROVIDERS)

    def write(self, name, text):
        file = self.folder / "scheduled_tasks" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))

    def declares(self, function, clock=CLOCK, more=""):
        """The clock `titelive` with the printed job, and others beside it."""
        self.write("titelive.py", HEAD + function)
        self.write("titelive_clock.py", IMPORTS + clock + more)
        forget()
        self.hookbeat("migrate")

    @property
    def entries(self):
        return {entry.key: entry for entry in load(self._settings).entries}

    @property
    def updated(self):
        """The providers whose venues were updated."""
        return sys.modules["scheduled_tasks.providers"].updated

    def hookbeat(self, *words):
        done = CliRunner().invoke(main, words)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    def takes(self, key):
        """A worker takes a run of the entry from its queue; how the run ended, and why."""
        entry = self.entries[key]
        worker = Process(self._settings, entries=[entry])
        now = worker.clock.now()
        opening = an_opening(
            run_id=uuid.uuid4(),
            entry=key,
            task=entry.task,
            queue=entry.queue,
            due_at=now,
            started_at=now,
        )
        call = call_of_function(function_at(entry.task), entry.args, entry.kwargs)
        try:
            worker.runner.carry_out(opening, call)
            with worker.runner.sessions() as session:
                row = session.get_one(Run, opening.run_id)
                return f"{row.outcome}: {row.reason}" if row.reason else str(row.outcome)
        finally:
            worker.release()
