"""`hookbeat ready-for-migration`: whether anything still runs, or is to."""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click
from rich.text import Text

from beat_schedule.actions import Pending, pending, until_nothing_is_pending
from beat_schedule.apps import app_named
from beat_schedule.clock import SystemClock
from beat_schedule.errors import ScheduleError
from beat_schedule.settings import Settings
from beat_schedule.store.record import SHORT
from beat_schedule.times import read_interval

from . import asking, run_words, tables, words
from .examples import examples
from .record import reader_of

#: Of the runs under way so many are named; the others are counted.
MOST_NAMED = 20


@examples(
    "hookbeat ready-for-migration",
    "hookbeat ready-for-migration --wait 10m",
)
@click.command("ready-for-migration")
@click.option(
    "--wait", "span", metavar="SPAN", help="Wait so long for what runs and waits: 90s, 5m, 2h."
)
@asking.for_machines
@click.pass_obj
def ready_for_migration(settings: Settings, *, span: str | None, as_json: bool) -> None:
    """Tell whether code and tables may be changed: nothing runs, waits, or is in a queue.

    Hold everything first (`hookbeat maintenance on`), or more becomes due meanwhile. Exit 1 while
    anything is left, and while Redis or the database cannot be asked.
    """
    app = app_named(settings.app)

    def look() -> Pending:
        with reader_of(settings) as session:
            return pending(app, settings, session)

    told = set[str]()

    def tell(seen: Pending) -> None:
        said = _summary(seen)
        if span and said not in told:
            told.add(said)
            click.echo(f"waiting: {said}", err=True)

    seen = until_nothing_is_pending(look, SystemClock(), _span(span), tell)
    click.echo(json.dumps(_as_json(seen), indent=2)) if as_json else _print(seen)
    sys.exit(0 if seen.is_over else 1)


def _span(said: str | None) -> timedelta | None:
    try:
        return read_interval(said) if said else None
    except ScheduleError as error:
        raise click.BadParameter(str(error), param_hint="--wait") from error


def _summary(seen: Pending) -> str:
    """`2 running, 1 waiting, 3 queued in default`."""
    return ", ".join(_counted(seen))


def _counted(seen: Pending) -> Iterator[str]:
    if seen.running:
        yield f"{len(seen.running)} running"
    if seen.in_hand:
        yield f"{seen.in_hand} more in the hands of workers"
    if seen.waiting:
        yield f"{len(seen.waiting)} waiting for another attempt or their turn"
    for queue, count in seen.queued.items():
        yield f"{count} queued in {queue}"
    if seen.awaited and not seen.queued:
        yield f"{len(seen.awaited)} sent and not started"


def _print(seen: Pending) -> None:
    if seen.is_over:
        click.echo("ready: nothing runs, waits, or is in a queue")
    else:
        click.echo(f"not ready: {_summary(seen)}")
        _print_runs(seen)
    if seen.held is None:
        click.echo(
            "nothing holds the scheduler: what becomes due is sent (hookbeat maintenance on)"
        )


def _print_runs(seen: Pending) -> None:
    runs = [*seen.running, *seen.waiting]
    if runs:
        table = tables.table("run", "entry", "is", "since", "worker")
        for run in runs[:MOST_NAMED]:
            since = words.instant(run.started_at)
            row = (Text(run.short_id), Text(run.entry, style="bold"), run_words.ending(run), since)
            table.add_row(*row, Text(run.worker))
        tables.console().print(table)
    if len(runs) > MOST_NAMED:
        click.echo(f"and {len(runs) - MOST_NAMED} more: hookbeat runs --outcome running")
    # Of the others beats see to it that they start.
    forgotten = [each for each in seen.awaited if each.entry in seen.gone]
    for each in forgotten[:MOST_NAMED]:
        short = str(each.run)[:SHORT]
        click.echo(
            f"run {short} of {each.entry}, sent {words.instant(each.since)}, is of no entry that a "
            f"beat stands for: should its message be lost, nobody sends it again, and it is given "
            f"up after a day\nend it now: hookbeat cancel {short} --why …"
        )
    if len(forgotten) > MOST_NAMED:
        click.echo(f"and {len(forgotten) - MOST_NAMED} more: hookbeat pending")


def _as_json(seen: Pending) -> dict[str, Any]:
    return {
        "ready": seen.is_over,
        "running": [run_words.as_json(run) for run in seen.running],
        "waiting": [run_words.as_json(run) for run in seen.waiting],
        "sent_and_not_started": [
            {
                "id": str(each.run),
                "entry": each.entry,
                "since": words.iso(each.since),
                "entry_is_gone": each.entry in seen.gone,
            }
            for each in seen.awaited
        ],
        "queued": dict(seen.queued),
        "in_hand": seen.in_hand,
        "hold": seen.held and words.hold_as_json(seen.held),
    }
