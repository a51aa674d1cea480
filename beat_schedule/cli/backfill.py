"""`hookbeat backfill`: run an entry for due times that are past."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from beat_schedule import actions
from beat_schedule.actions.backfilling import MOST, Backfilled, Pace, past_due
from beat_schedule.actions.backfilling import backfill as send_each
from beat_schedule.apps import app_named, process_of
from beat_schedule.clock import SystemClock
from beat_schedule.entries import Entry
from beat_schedule.errors import HookbeatError, ScheduleError
from beat_schedule.settings import Settings
from beat_schedule.times import read_interval

from . import asking, completing, words
from .examples import examples

#: Told of so many that were sent.
TOLD_EVERY = 100


@examples(
    "hookbeat backfill tasks.library.daily 2026-03-01 2026-03-08 --dry-run",
    "hookbeat backfill tasks.library.daily 2026-03-01 2026-03-02 --yes",
)
@click.command()
@click.argument("name", metavar="ENTRY", shell_complete=completing.entries)
@click.argument("span", metavar="FROM TO", nargs=2)
@click.option(
    "--rate",
    type=click.IntRange(min=1, max=6000),
    default=60,
    show_default=True,
    help="Send at most so many in a minute.",
)
@click.option(
    "--patience",
    default="10m",
    show_default=True,
    metavar="SPAN",
    help="How long a run of the entry may be in the way.",
)
@click.option("--dry-run", "is_dry", is_flag=True, help="Show what would be sent, no more.")
@click.option("--yes", is_flag=True, help="Do not ask whether that is meant.")
@asking.for_machines
@click.pass_obj
def backfill(
    settings: Settings,
    /,
    name: str,
    span: tuple[str, str],
    *,
    rate: int,
    patience: str,
    is_dry: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Send a run for each due time from FROM on and before TO, each once.

    Times are by the entry's clock; a date is its midnight. A repeated call sends what is missing.
    It obeys holds, and where runs may not overlap each waits. Exit 1 if something is left.
    """
    pace = _pace(rate, patience)
    if as_json and not (yes or is_dry):
        raise click.UsageError("with --json give --yes, or --dry-run")
    app = app_named(settings.app)
    process = process_of(app)
    with actions.telling_unread(process.unread):
        entry = actions.find_overlaid(settings, tuple(process.entries.values()), name)
    if not actions.is_followed(app, entry):
        raise HookbeatError(f"workers keep no record of {entry.key}: it would be sent twice")
    due = _due(entry, span, settings)
    if not as_json:
        _show(due)
    done = Backfilled(left=len(due))
    if due and not is_dry:
        _ask(entry, due, yes=yes)
        process.named.learn(entry.key, entry.task, entry.told)
        done = send_each(app, settings, entry, due, pace, SystemClock(), _progress)
    _tell(entry, due, done, is_dry=is_dry, as_json=as_json)
    sys.exit(1 if done.left and not is_dry else 0)


def _due(entry: Entry, span: tuple[str, str], settings: Settings) -> Sequence[datetime]:
    zone = entry.zone(settings.zone)
    since, until = (
        asking.instant(said, zone, option)
        for said, option in zip(span, ("FROM", "TO"), strict=True)
    )
    if until <= since:
        raise click.BadParameter("it is not after FROM", param_hint="TO")
    if until > SystemClock().now():
        raise click.BadParameter("what is due then the beat will send", param_hint="TO")
    due = past_due(entry, since, until)
    if len(due) > MOST:
        raise click.UsageError(f"more than {MOST} due times: make it several calls")
    return due


def _pace(rate: int, patience: str) -> Pace:
    try:
        return Pace(per_minute=rate, patience=read_interval(patience))
    except ScheduleError as error:
        raise click.BadParameter(str(error), param_hint="--patience") from error


def _ask(entry: Entry, due: Sequence[datetime], *, yes: bool) -> None:
    if not yes:
        click.confirm(f"Send {len(due)} of {entry.key}?", abort=True, err=True)


def _show(due: Sequence[datetime]) -> None:
    if not due:
        click.echo("nothing was due then")
        return
    first, last = words.instant(due[0]), words.instant(due[-1])
    click.echo(f"due times: {len(due)}; the first {first}, the last {last}")


def _progress(done: Backfilled) -> None:
    if done.sent and done.sent % TOLD_EVERY == 0:
        click.echo(f"sent {done.sent}, left {done.left}", err=True)


def _tell(
    entry: Entry, due: Sequence[datetime], done: Backfilled, *, is_dry: bool, as_json: bool
) -> None:
    if as_json:
        told: dict[str, Any] = {
            "entry": entry.key,
            "due": {
                "count": len(due),
                "first": due[0].isoformat() if due else None,
                "last": due[-1].isoformat() if due else None,
            },
            "sent": done.sent,
            "known": done.known,
            "left": done.left,
            "held": done.held and words.hold_as_json(done.held),
            "overlap": done.overlap or None,
        }
        click.echo(json.dumps(told, indent=2))
    elif due and not is_dry:
        click.echo(f"sent: {done.sent}; sent before: {done.known}; left: {done.left}")
        if done.held:
            click.echo(f"{words.target(done.held.target)} {words.hold(done.held)}")
        if done.overlap:
            click.echo(f"run {done.overlap} of {entry.key} is in the way")
