"""`hookbeat run NAME`: one run now, by a worker or in this process."""

import json
import sys
from collections.abc import Mapping
from contextlib import nullcontext, redirect_stdout, suppress
from typing import Any

import click

from beat_schedule.actions import Answer, check_call, find_entry, run_now
from beat_schedule.apps import app_named, process_of
from beat_schedule.entries import Entry
from beat_schedule.errors import NotFoundError, StoreError
from beat_schedule.logs import configure
from beat_schedule.runs.gate import Held
from beat_schedule.runs.inline import StoppedError, carry_out_inline, opening_inline
from beat_schedule.runs.install import require_database
from beat_schedule.runs.process import Process
from beat_schedule.settings import Settings
from beat_schedule.store.record import RunRecord, run_named
from beat_schedule.store.runs import Opening
from beat_schedule.translate.parameters import read_parameters
from beat_schedule.translate.report import RefusedError

from . import asking, words
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
    "--kwargs",
    "kwargs_text",
    metavar="JSON|NAME=VALUE",
    help="Arguments by name, over those of the entry: a JSON object, or lines of name=value.",
)
@click.option("--force", is_flag=True, help="Run it whatever pauses it or switches it off.")
@asking.for_machines
@click.pass_obj
def run(
    settings: Settings,
    name: str,
    *,
    inline: bool,
    at: str | None,
    kwargs_text: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Run an entry now; NAME is its key, or its task's path where that has one entry.

    Every run asked for by hand has an id of its own, so a date can be repeated. It obeys what
    keeps its entry from running, but for ENABLE_ALL_CRON and ENABLE_RECURRENT_CRON. Exit 1 if it
    is held, if another run of the entry waits or runs, or with --inline if it did not succeed.
    """
    kwargs = _kwargs(kwargs_text)
    app = app_named(settings.app)
    process = process_of(app)
    entry = find_entry(process.entries.values(), name)
    zone = entry.zone(settings.zone)
    due_at = None if at is None else asking.instant(at, zone, "--at")
    _check(entry, kwargs, settings)
    if not inline:
        answer = run_now(app, settings, entry, due_at=due_at, kwargs=kwargs, force=force)
        _tell_sent(entry, answer, as_json=as_json)
        sys.exit(0 if answer.run else 1)
    require_database(settings)
    opening = opening_inline(process, entry, due_at, kwargs, forced=force)
    configure(settings)
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        stopped = _carry_out(app, process, opening)
    process.release()
    _tell_ended(settings, opening, stopped, as_json=as_json)


def _carry_out(app: Any, process: Process, opening: Opening) -> StoppedError | None:
    """Carry it out, and tell whether a signal ended it."""
    verdict = None
    # What the task raises is in the record, and shown from there.
    with suppress(Exception, SystemExit):
        try:
            verdict = carry_out_inline(app, process, opening)
        except StoppedError as stopped:
            return stopped
    if isinstance(verdict, Held):
        raise StoreError(f"the run could not start: {verdict.reason}")
    return None


def _tell_sent(entry: Entry, answer: Answer, *, as_json: bool) -> None:
    if as_json:
        told = {
            "id": answer.run and str(answer.run),
            "held": answer.held and words.hold_as_json(answer.held),
            "overlap": answer.overlap or None,
        }
        click.echo(json.dumps(told))
    elif answer.held:
        held = f"{words.target(answer.held.target)} {words.hold(answer.held)}"
        click.echo(f"not sent: {held}\nsend it all the same: --force")
    elif answer.overlap:
        click.echo(
            f"not sent: run {answer.overlap} of {entry.key} waits or runs; try again when it has "
            f"ended\nsee how it goes: hookbeat logs {answer.overlap[:8]}"
        )
    else:
        click.echo(f"sent: run {answer.run}\nsee how it goes: hookbeat logs {str(answer.run)[:8]}")


def _tell_ended(
    settings: Settings, opening: Opening, stopped: StoppedError | None, *, as_json: bool
) -> None:
    try:
        with reader_of(settings) as session:
            ended = run_named(session, str(opening.run_id))
    except NotFoundError:
        # Stopped while it waited for the database to let it in.
        raise stopped or StoreError("the run left no record: see the log above") from None
    if as_json:
        click.echo(json.dumps(words.as_json(ended), indent=2))
    else:
        _print(ended)
    if ended.ending != "succeeded":
        sys.exit(stopped.code if stopped else 1)


def _print(ended: RunRecord) -> None:
    counted = f" ({words.counts(ended.counts)})" if ended.counts else ""
    took = f" in {words.duration(ended.took)}" if ended.has_started else ""
    click.echo(f"{ended.ending}{took}{counted}")
    if why := ended.error or ended.reason:
        click.echo(why)
    click.echo(f"all about it: hookbeat logs {ended.short_id}")


def _check(entry: Entry, kwargs: Mapping[str, Any], settings: Settings) -> None:
    try:
        check_call(entry, kwargs, settings)
    except RefusedError as refused:
        raise click.BadParameter(refused.reason, param_hint="--kwargs") from refused


def _kwargs(said: str | None) -> Mapping[str, Any]:
    try:
        return read_parameters(said or "")
    except RefusedError as refused:
        cure = f" ({refused.cure})" if refused.cure else ""
        raise click.BadParameter(f"{refused.reason}{cure}", param_hint="--kwargs") from refused
