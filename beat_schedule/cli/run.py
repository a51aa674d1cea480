"""`hookbeat run`: one entry now, several, or what has none; by a worker or in this process."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

import click

from beat_schedule import actions
from beat_schedule.actions import check_call, is_followed, run_now
from beat_schedule.actions.intended import Plan, Wanted, intended
from beat_schedule.apps import app_named, process_of
from beat_schedule.clock import SystemClock
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

from . import asking, completing
from .examples import examples
from .run_dry import tell_plan
from .run_told import Ended, tell_ended, tell_sent
from .run_waited import Manner, Sent, send_and_wait

#: The logical date of an entry's run; None for now.
DueAt: TypeAlias = Callable[[Entry], datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was typed."""

    name: str | None
    event: str | None
    everything: bool
    inline: bool
    at: str | None
    kwargs_text: str | None
    force: bool
    wait: bool
    follow: bool
    dry_run: bool
    as_json: bool

    @property
    def is_one(self) -> bool:
        """Whether one entry is named, and not many are meant."""
        return self.name is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What that means."""

    entries: Sequence[Entry]
    due_at: DueAt
    kwargs: Mapping[str, Any]


@examples(
    "hookbeat run tasks.library.daily --wait",
    "hookbeat run tasks.library.daily --dry-run",
    "hookbeat run tasks.library.daily --inline --at 2026-03-10",
    "hookbeat run --event daily --follow",
)
@click.command()
@click.argument("name", required=False, shell_complete=completing.entries)
@click.option(
    "--event",
    metavar="EVENT",
    help="Run every entry of this event: daily, every:90s.",
    shell_complete=completing.events,
)
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
@click.option("--wait", is_flag=True, help="Wait until it has ended, and show how far it is.")
@click.option("--follow", "-f", is_flag=True, help="As --wait, with what it logs and prints.")
@click.option(
    "--dry-run", is_flag=True, help="Send nothing: say what would be, and what is in its way."
)
@asking.for_machines
@click.pass_obj
def run(settings: Settings, /, **typed: Any) -> None:
    """Run an entry now; NAME is its key, or its task's path where that has one entry.

    NAME may also be the path of a task that has no entry. Every run asked for by hand has an id of
    its own, so a date can be repeated. It obeys what keeps its entry from running, but for
    ENABLE_ALL_CRON and ENABLE_RECURRENT_CRON. Exit 1 if it is held, if another run of the entry
    waits or runs, or with --wait or --inline if it did not succeed; of several, if that is so of
    one. Ctrl-C ends the waiting alone: the run goes on.
    """
    wish = Wish(**typed)
    _expect_one_of(wish)
    app = app_named(settings.app)
    process = process_of(app)
    meant = _meant(app, process, wish)
    if wish.dry_run:
        plan = _plan(app, settings, meant, wish)
        sys.exit(tell_plan(plan, settings, is_one=wish.is_one, as_json=wish.as_json))
    if wish.inline:
        ended = _run_here(app, process, meant, wish)
        sys.exit(tell_ended(settings, ended, is_one=wish.is_one, as_json=wish.as_json))
    send = partial(_sent, app, settings, meant, wish)
    if wish.wait or wish.follow:
        _expect_a_record(app, meant, wish)
        manner = Manner(is_one=wish.is_one, follow=wish.follow, as_json=wish.as_json)
        sys.exit(send_and_wait(app, settings, send, manner, SystemClock()))
    sys.exit(tell_sent(app, send(), is_one=wish.is_one, as_json=wish.as_json))


def _plan(app: Any, settings: Settings, meant: Meant, wish: Wish) -> Plan:
    wanted = Wanted(due_at=meant.due_at, kwargs=meant.kwargs, force=wish.force, inline=wish.inline)
    return intended(app, settings, meant.entries, wanted, SystemClock())


def _sent(app: Any, settings: Settings, meant: Meant, wish: Wish) -> Sent:
    force, due_at = wish.force, meant.due_at
    if not wish.is_one:
        return list(actions.run_each_now(app, settings, meant.entries, due_at=due_at, force=force))
    [entry] = meant.entries
    answer = run_now(app, settings, entry, due_at=due_at(entry), kwargs=meant.kwargs, force=force)
    return [(entry, answer)]


def _run_here(app: Any, process: Process, meant: Meant, wish: Wish) -> list[Ended]:
    """One after the other: a run that fails stops none, a signal stops all that follow."""
    require_database(process.settings)
    configure(process.settings)
    ended: list[Ended] = []
    with redirect_stdout(sys.stderr) if wish.as_json else nullcontext():
        for entry in meant.entries:
            due_at = meant.due_at(entry)
            opening = opening_inline(process, entry, due_at, meant.kwargs, forced=wish.force)
            stopped = _carry_out(app, process, opening)
            ended.append(Ended(opening, stopped))
            if stopped:
                break
    process.release()
    return ended


def _expect_one_of(wish: Wish) -> None:
    if [wish.is_one, wish.event is not None, wish.everything].count(True) != 1:
        raise click.UsageError("give NAME, --event or --all: one of them")
    if not wish.is_one and wish.kwargs_text:
        raise click.UsageError("--kwargs goes with NAME: others may not take them")


def _expect_a_record(app: Any, meant: Meant, wish: Wish) -> None:
    if wish.is_one and not is_followed(app, meant.entries[0]):
        raise click.UsageError(
            f"the workers of {meant.entries[0].key} keep no record of how it goes: send it without "
            "--wait and --follow"
        )


def _meant(app: Any, process: Process, wish: Wish) -> Meant:
    kwargs = _kwargs(wish.kwargs_text)
    with actions.telling_unread(process.unread):
        entries = _named(app, process, wish)
    due_at = _due_at(wish.at, process.settings)
    for entry in entries:
        due_at(entry)
        kwargs = _checked(entry, kwargs, process.settings)
    return Meant(entries=entries, due_at=due_at, kwargs=kwargs)


def _named(app: Any, process: Process, wish: Wish) -> Sequence[Entry]:
    entries = tuple(process.entries.values())
    if wish.name is None:
        in_force = actions.overlaid(process.settings, entries, most=0).entries
        return in_force if wish.event is None else actions.entries_of_event(in_force, wish.event)
    return [actions.find_runnable(app, process, wish.name, inline=wish.inline)]


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
