"""`hookbeat purge`: remove from the queues exactly what is named."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from beat_schedule.actions.purging import Purged, Purging, find_queued
from beat_schedule.actions.purging import purge as remove
from beat_schedule.actions.queued import Named, Queued, grouped
from beat_schedule.apps import app_named, process_of
from beat_schedule.clock import SystemClock
from beat_schedule.entries import Entry
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_sessions
from beat_schedule.store.migrate import require_current

from . import asking, completing
from .examples import examples
from .pending import groups_as_json, print_groups
from .record import engine_of

#: By what each kind of name is given.
_OPTIONS = {"queues": "--queue", "entries": "--entry", "tasks": "--task", "runs": "--run"}


@examples(
    "hookbeat purge --queue long --dry-run",
    'hookbeat purge --queue long --yes --why "sent by mistake"',
)
@click.command()
@click.option(
    "--queue",
    "queues",
    multiple=True,
    metavar="QUEUE",
    help="Only in this queue.",
    shell_complete=completing.queues,
)
@click.option(
    "--entry",
    "entries",
    multiple=True,
    metavar="ENTRY",
    help="Only of this entry.",
    shell_complete=completing.entries,
)
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="TASK",
    help="Only of this task.",
    shell_complete=completing.tasks,
)
@click.option(
    "--run",
    "runs",
    multiple=True,
    metavar="RUN",
    help="Only of this run.",
    shell_complete=completing.open_runs,
)
@click.option("--dry-run", "is_dry", is_flag=True, help="Show what would be removed, no more.")
@click.option("--yes", is_flag=True, help="Do not ask whether that is meant.")
@asking.why_perhaps
@asking.by
@asking.for_machines
@click.pass_obj
def purge(
    settings: Settings,
    /,
    *,
    is_dry: bool,
    yes: bool,
    why: str,
    by: str,
    as_json: bool,
    **named: tuple[str, ...],
) -> None:
    """Remove messages from the queues: exactly those that are named, and were shown.

    Of each kind of name one must fit. Runs that had not started are closed on record as cancelled,
    so that nobody sends them again. What workers have taken is not in the queues any more
    (`hookbeat cancel`). Exit 1 if the answer is no.
    """
    _expect_sense(named, is_asked=not (yes or is_dry), as_json=as_json)
    if not (why or is_dry):
        raise click.UsageError("say why (--why), or only look (--dry-run)")
    app: Any = app_named(settings.app)
    app.loader.import_default_modules()
    entries = tuple(process_of(app).entries.values())
    messages = find_queued(settings, entries, Named(**named))
    if not as_json:
        _show(messages)
    done = Purged()
    if messages and not is_dry:
        if not yes:
            click.confirm(f"Remove {_counted(len(messages))}?", abort=True, err=True)
        done = _removed(settings, app, entries, messages, by=by, why=why)
    if as_json:
        click.echo(json.dumps(_as_json(messages, done), indent=2))
    elif messages and not is_dry:
        _tell(done)


def _expect_sense(named: Mapping[str, Sequence[str]], *, is_asked: bool, as_json: bool) -> None:
    if not any(named.values()):
        raise click.UsageError("name what is to go: --queue, --entry, --task or --run")
    for kind, option in _OPTIONS.items():
        if "" in named[kind]:
            raise click.UsageError(f"{option} is empty: name what is to go")
    if as_json and is_asked:
        raise click.UsageError("with --json give --yes, or --dry-run")


def _removed(
    settings: Settings,
    app: Any,
    entries: Sequence[Entry],
    messages: Sequence[Queued],
    *,
    by: str,
    why: str,
) -> Purged:
    purging = Purging(
        by=by,
        why=why,
        clock=SystemClock(),
        followed={name for name, task in app.tasks.items() if hasattr(task, "hookbeat_body")},
        clocks={entry.key: entry.clock for entry in entries},
    )
    with engine_of(settings) as engine:
        require_current(engine, settings)
        return remove(make_sessions(engine), settings, messages, purging)


def _show(messages: Sequence[Queued]) -> None:
    if messages:
        print_groups(grouped(messages), SystemClock().now())
    else:
        click.echo("no message in the queues is so named")


def _counted(messages: int) -> str:
    return "1 message" if messages == 1 else f"{messages} messages"


def _tell(done: Purged) -> None:
    click.echo(f"removed: {_counted(done.removed)}; runs cancelled: {len(done.cancelled)}")
    if done.taken:
        click.echo(f"{_counted(done.taken)} had been taken by a worker: see hookbeat runs")


def _as_json(messages: Sequence[Queued], done: Purged) -> dict[str, Any]:
    return {
        "found": groups_as_json(grouped(messages), SystemClock().now()),
        "removed": done.removed,
        "taken": done.taken,
        "cancelled": [str(run) for run in done.cancelled],
    }
