"""`hookbeat run`: one entry now, several, or what has none; by a worker or in this process."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout, suppress
from datetime import datetime
from typing import Any, TypeAlias

import click

from beat_schedule import actions
from beat_schedule.actions import check_call, run_now
from beat_schedule.apps import app_named, process_of
from beat_schedule.entries import Entry
from beat_schedule.errors import StoreError
from beat_schedule.logs import configure
from beat_schedule.runs.gate import Held
from beat_schedule.runs.inline import StoppedError, carry_out_inline, opening_inline
from beat_schedule.runs.install import require_database
from beat_schedule.runs.process import Process
from beat_schedule.settings import Settings
from beat_schedule.store.runs import Opening
from beat_schedule.translate.parameters import read_parameters
from beat_schedule.translate.report import RefusedError

from . import asking
from .run_told import Ended, tell_ended, tell_sent

#: The logical date of an entry's run; None for now.
DueAt: TypeAlias = Callable[[Entry], datetime | None]


@click.command()
@click.argument("name", required=False)
@click.option("--event", metavar="EVENT", help="Run every entry of this event: daily, every:90s.")
@click.option("--all", "everything", is_flag=True, help="Run every entry of the code.")
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
    name: str | None,
    *,
    event: str | None,
    everything: bool,
    inline: bool,
    at: str | None,
    kwargs_text: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Run an entry now; NAME is its key, or its task's path where that has one entry.

    NAME may also be the path of a task that has no entry. Every run asked for by hand has an id of
    its own, so a date can be repeated. It obeys what keeps its entry from running, but for
    ENABLE_ALL_CRON and ENABLE_RECURRENT_CRON. Exit 1 if it is held, if another run of the entry
    waits or runs, or with --inline if it did not succeed; of several, if that is so of one.
    """
    _expect_one_of(name, event, everything=everything, kwargs_text=kwargs_text)
    kwargs = _kwargs(kwargs_text)
    app = app_named(settings.app)
    process = process_of(app)
    entries = _meant(app, process, name, event, inline=inline)
    due_at = _due_at(at, settings)
    for entry in entries:
        due_at(entry)
        kwargs = _checked(entry, kwargs, settings)
    is_one = name is not None
    if inline:
        ended = _run_here(app, process, entries, due_at, kwargs, force=force, as_json=as_json)
        sys.exit(tell_ended(settings, ended, is_one=is_one, as_json=as_json))
    if is_one:
        [entry] = entries
        answer = run_now(app, settings, entry, due_at=due_at(entry), kwargs=kwargs, force=force)
        sent = [(entry, answer)]
    else:
        sent = list(actions.run_each_now(app, settings, entries, due_at=due_at, force=force))
    sys.exit(tell_sent(app, sent, is_one=is_one, as_json=as_json))


def _run_here(
    app: Any,
    process: Process,
    entries: Iterable[Entry],
    due_at: DueAt,
    kwargs: Mapping[str, Any],
    *,
    force: bool,
    as_json: bool,
) -> list[Ended]:
    """One after the other: a run that fails stops none, a signal stops all that follow."""
    require_database(process.settings)
    configure(process.settings)
    ended: list[Ended] = []
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        for entry in entries:
            opening = opening_inline(process, entry, due_at(entry), kwargs, forced=force)
            stopped = _carry_out(app, process, opening)
            ended.append(Ended(opening, stopped))
            if stopped:
                break
    process.release()
    return ended


def _expect_one_of(
    name: str | None, event: str | None, *, everything: bool, kwargs_text: str | None
) -> None:
    if [name is not None, event is not None, everything].count(True) != 1:
        raise click.UsageError("give NAME, --event or --all: one of them")
    if name is None and kwargs_text:
        raise click.UsageError("--kwargs goes with NAME: others may not take them")


def _meant(
    app: Any, process: Process, name: str | None, event: str | None, *, inline: bool
) -> Sequence[Entry]:
    entries = tuple(process.entries.values())
    if name is None:
        in_force = actions.overlaid(process.settings, entries, most=0).entries
        return in_force if event is None else actions.entries_of_event(in_force, event)
    return [actions.find_runnable(app, process, name, inline=inline)]


def _due_at(at: str | None, settings: Settings) -> DueAt:
    """The same words may be another instant for an entry in another zone."""

    def due_at(entry: Entry) -> datetime | None:
        return None if at is None else asking.instant(at, entry.zone(settings.zone), "--at")

    return due_at


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


def _checked(entry: Entry, kwargs: Mapping[str, Any], settings: Settings) -> Mapping[str, Any]:
    try:
        return check_call(entry, kwargs, settings)
    except RefusedError as refused:
        raise click.BadParameter(refused.reason, param_hint="--kwargs") from refused


def _kwargs(said: str | None) -> Mapping[str, Any]:
    try:
        return read_parameters(said or "")
    except RefusedError as refused:
        cure = f" ({refused.cure})" if refused.cure else ""
        raise click.BadParameter(f"{refused.reason}{cure}", param_hint="--kwargs") from refused
