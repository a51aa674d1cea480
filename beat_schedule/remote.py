"""What `celery inspect` and `celery control` may ask of a worker beside what is Celery's own.

`install` lets each worker import this, and the entry point of `celery.commands` each command line,
also those of who knows nothing of us: whatever answers is imported when it is asked.
"""

from collections.abc import Iterator
from functools import wraps
from importlib import import_module
from typing import Any

import click
from celery import Celery
from celery.bin.control import status
from celery.worker.control import control_command, inspect_command

#: Who it was, where nobody says.
SOMEBODY = "celery control"


@inspect_command(args=[("entry", str)], signature="[entry]")
def entries(state: Any, entry: str | None = None, **_: Any) -> Any:
    """Entries in force, an operator's too: task, schedule, queue, next due time."""
    return _answers().entries(state, entry)


@inspect_command()
def runs(state: Any, **_: Any) -> Any:
    """Runs under way in this worker: entry, due time, attempt."""
    return _answers().runs(state)


@inspect_command()
def features(state: Any, **_: Any) -> Any:
    """Features, on or off, as the database of this worker has them."""
    return _answers().features(state)


@inspect_command()
def beats(state: Any, **_: Any) -> Any:
    """Beats, as the Redis of this worker has them: who leads, who stands by; of each clock."""
    return _answers().beats(state)


@control_command(args=[("entry", str), ("why", str), ("by", str)], signature="<entry> [why [by]]")
def pause(state: Any, entry: str, why: str = "", by: str = SOMEBODY, **_: Any) -> Any:
    """Send nothing for an entry until it is resumed."""
    return _answers().pause(state, entry, why, by)


@control_command(args=[("entry", str), ("by", str)], signature="<entry> [by]")
def resume(state: Any, entry: str, by: str = SOMEBODY, **_: Any) -> Any:
    """Let an entry that was paused be sent again."""
    return _answers().resume(state, entry, by)


@control_command(args=[("entry", str), ("at", str)], signature="<entry> [at]")
def run_entry(state: Any, entry: str, at: str = "", **_: Any) -> Any:
    """Send a run of an entry now, for a date or time if one is given."""
    return _answers().run_entry(state, entry, at)


def _answers() -> Any:
    return import_module("beat_schedule.answers")


def let_status_tell_of_runs() -> None:
    """Let `celery status` tell below its own words which runs are under way; it has no hook."""
    stock: Any = status.callback

    @wraps(stock)
    def told_more(**options: Any) -> None:
        stock(**options)
        given: Any = click.get_current_context().obj
        # With --json its answer is an object of Celery's alone.
        if hasattr(given.app, "hookbeat") and not (options["json"] or given.quiet):
            for line in _runs_told(given.app, options["destination"], options["timeout"]):
                given.echo(line)

    status.callback = told_more


def _runs_told(app: Celery, workers: list[str] | None, timeout: float) -> Iterator[str]:
    """A line for each run under way; who answers otherwise is no worker of ours."""
    answers = app.control.broadcast("runs", reply=True, destination=workers, timeout=timeout)
    for worker, under_way in sorted(pair for answer in answers or () for pair in answer.items()):
        for run in under_way if isinstance(under_way, list) else ():
            due_at = run["due_at"].replace("T", " ")
            told = f"run {run['run']} of {run['entry']}, due {due_at}, attempt {run['attempt']}"
            yield f"{worker}: {told}"
