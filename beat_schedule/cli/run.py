"""`hookbeat run NAME`: one run now, by a worker or in this process."""

import json
import sys
import uuid
from collections.abc import Mapping
from contextlib import nullcontext, redirect_stdout, suppress
from datetime import datetime
from typing import Any

import click

from beat_schedule.actions import find_entry, instant_in, run_now
from beat_schedule.entries import Entry
from beat_schedule.errors import StoreError
from beat_schedule.logs import configure
from beat_schedule.runs.gate import Held
from beat_schedule.runs.inline import app_named, carry_out_inline, opening_inline, process_of
from beat_schedule.runs.install import require_database
from beat_schedule.settings import Settings
from beat_schedule.store.record import RunRecord, run_named
from beat_schedule.store.runs import Opening

from . import words
from .record import reader_of


@click.command()
@click.argument("name")
@click.option("--inline", is_flag=True, help="Run it in this process: needs no worker, no Redis.")
@click.option(
    "--at",
    metavar="ISO-DATE-OR-TIME",
    help="The logical date; without an offset in the entry's zone. Default: now.",
)
@click.option(
    "--kwargs", "kwargs_json", metavar="JSON", help="Arguments by name, over those of the entry."
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def run(
    settings: Settings,
    name: str,
    *,
    inline: bool,
    at: str | None,
    kwargs_json: str | None,
    as_json: bool,
) -> None:
    """Run an entry now; NAME is its key, or its task's path where that has one entry.

    Every run asked for by hand has an id of its own, so a date can be repeated. With --inline the
    exit code is 1 if the run did not succeed.
    """
    kwargs = _kwargs(kwargs_json)
    app = app_named(settings.app)
    process = process_of(app)
    entry = find_entry(process.entries.values(), name)
    due_at = _instant(entry, at, settings)
    if not inline:
        _tell_sent(run_now(app, settings, entry, due_at=due_at, kwargs=kwargs), as_json=as_json)
        return
    require_database(settings)
    opening = opening_inline(process, entry, due_at, kwargs)
    configure(settings)
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        _carry_out(app, opening)
    process.release()
    _tell_ended(settings, opening, as_json=as_json)


def _carry_out(app: Any, opening: Opening) -> None:
    verdict = None
    # What the task raises is in the record, and shown from there.
    with suppress(Exception, SystemExit):
        verdict = carry_out_inline(app, opening)
    if isinstance(verdict, Held):
        raise StoreError(f"the run could not start: {verdict.reason}")


def _tell_sent(run_id: uuid.UUID, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"id": str(run_id)}))
    else:
        click.echo(f"sent: run {run_id}\nsee how it goes: hookbeat logs {str(run_id)[:8]}")


def _tell_ended(settings: Settings, opening: Opening, *, as_json: bool) -> None:
    with reader_of(settings) as session:
        ended = run_named(session, str(opening.run_id))
    if as_json:
        click.echo(json.dumps(words.as_json(ended), indent=2))
    else:
        _print(ended)
    sys.exit(0 if ended.ending == "succeeded" else 1)


def _print(ended: RunRecord) -> None:
    counted = f" ({words.counts(ended.counts)})" if ended.counts else ""
    click.echo(f"{ended.ending} in {words.duration(ended.took)}{counted}")
    if ended.error:
        click.echo(ended.error)
    click.echo(f"all about it: hookbeat logs {ended.short_id}")


def _instant(entry: Entry, said: str | None, settings: Settings) -> datetime | None:
    try:
        return instant_in(entry, said, settings) if said else None
    except ValueError as error:
        raise click.BadParameter(
            f"{said!r} is neither a date nor a time: write 2026-03-10 or 2026-03-10T06:30",
            param_hint="--at",
        ) from error


def _kwargs(said: str | None) -> Mapping[str, Any]:
    try:
        kwargs = json.loads(said or "{}")
    except ValueError as error:
        raise click.BadParameter(f"is not JSON: {error}", param_hint="--kwargs") from error
    if not isinstance(kwargs, dict):
        raise click.BadParameter('must be an object: {"kind": "loans"}', param_hint="--kwargs")
    return kwargs
