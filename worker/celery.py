"""The app, so that `celery -A worker …` finds it.

Thin on purpose: settings, entries, and what `beat_schedule` makes of them.
"""

import logging
import sys
from pathlib import Path
from typing import Any

import click
from celery import Celery, signals
from click.core import ParameterSource

from beat_schedule import logs
from beat_schedule.errors import HookbeatError, ProblemsError, StoreError
from beat_schedule.runs.install import install, require_database
from beat_schedule.settings import Settings
from beat_schedule.translate import load

PROJECT = Path(__file__).resolve().parent.parent

log = logs.logger("hookbeat.worker")


def main() -> Celery:
    """Build the app; problems of single entries are logged when a worker or a beat starts."""
    # Once more where it is: `-A` takes away what it put there, and tasks may import later.
    sys.path.insert(0, str(PROJECT))
    settings = Settings.read(project=PROJECT)
    app = Celery("hookbeat")
    install(app, settings, load(settings))
    _connect(settings)
    return app


def _connect(settings: Settings) -> None:
    @signals.setup_logging.connect(weak=False)
    def set_up_logging(loglevel: int | None = None, logfile: str | None = None, **_: Any) -> None:
        # Open for as long as the process lives.
        to = Path(logfile).open("a", encoding="utf-8") if logfile else None  # noqa: SIM115
        logs.configure(settings, to)
        if loglevel and _was_asked_for("loglevel"):
            logging.getLogger().setLevel(loglevel)

    @signals.worker_init.connect(weak=False)
    def look_at_the_database(**_: Any) -> None:
        try:
            require_database(settings)
        except StoreError as error:
            sys.exit(f"hookbeat: {error}")

    @signals.celeryd_after_setup.connect(weak=False)
    def look_at_the_pool(instance: Any, **_: Any) -> None:
        pool = instance.pool_cls.__module__.rpartition(".")[2]
        if pool != "prefork":
            log.warning("timeouts.unavailable", pool=pool, cure="run the worker with -P prefork")


def _was_asked_for(option: str) -> bool:
    """Whether Celery's command line says it, and not just Celery's default."""
    command = click.get_current_context(silent=True)
    source = command.get_parameter_source(option) if command else None
    return source in {ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT}


try:
    app = main()
except (ProblemsError, HookbeatError) as error:
    sys.exit(f"hookbeat: {error}")
