"""`hookbeat scheduler pause|resume|status`: everything at once."""

import json
import sys
from collections.abc import Sequence

import click
from rich.text import Text

from beat_schedule import actions
from beat_schedule.decisions import EVERYTHING, Hold, HoldKind
from beat_schedule.settings import Settings

from . import asking, tables, words
from .holds import paused, tell_held, tell_resumed
from .standing import Standing, standing_of


@click.group()
def scheduler() -> None:
    """Hold everything, let it go, and see what is held."""


@scheduler.command("pause")
@asking.reason
@asking.end
@asking.by
@asking.for_machines
@click.pass_obj
def pause_all(
    settings: Settings,
    *,
    reason: str,
    span: str | None,
    until: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Send nothing at all: every due time is skipped, each with the reason.

    What is in the queues already does not start, and what runs goes on.
    """
    end = asking.end_of(span, until, settings.zone)
    with actions.operator_of(settings) as operator:
        held = paused(operator, EVERYTHING, by=by, why=reason, until=end)
    tell_held(held, "hookbeat scheduler resume", as_json=as_json)


@scheduler.command("resume")
@asking.by
@asking.for_machines
@click.pass_obj
def resume_all(settings: Settings, *, by: str, as_json: bool) -> None:
    """Let everything go that `scheduler pause` held; an entry's own pause stays."""
    with actions.operator_of(settings) as operator:
        resumed = actions.resume(operator, EVERYTHING, by=by)
    tell_resumed(EVERYTHING, resumed, as_json=as_json)


@scheduler.command()
@asking.for_machines
@click.pass_obj
def status(settings: Settings, *, as_json: bool) -> None:
    """Show what is held, by whom, since and until when, and why.

    Exit 1 while everything is held, or while only the record could be asked.
    """
    standing = standing_of(settings)
    everything = actions.hold_of(standing.holds, EVERYTHING)
    if as_json:
        told = {
            "running": None if standing.sight is None else everything is None,
            "holds": [words.hold_as_json(hold) for hold in standing.holds],
        }
        click.echo(json.dumps(standing.as_json() | told, indent=2))
    else:
        _print(standing, everything)
    sys.exit(1 if everything or standing.sight is None else 0)


def _print(standing: Standing, everything: Hold | None) -> None:
    standing.tell_what_is_away()
    if everything:
        is_pause = everything.kind is not HoldKind.MAINTENANCE
        cure = "hookbeat scheduler resume" if is_pause else "hookbeat maintenance off"
        click.echo(f"the scheduler {words.hold(everything)}\nlet it go: {cure}")
    elif standing.sight:
        click.echo("the scheduler is not held: what is due is sent")
    tell_holds([hold for hold in standing.holds if hold is not everything])


def tell_holds(holds: Sequence[Hold]) -> None:
    """A table of what holds single entries; nothing where none is."""
    if not holds:
        return
    table = tables.table("held", "how", "by", "since", "until", "why")
    for hold in holds:
        table.add_row(
            Text(words.target(hold.target), style="bold"),
            actions.SAID[hold.kind],
            Text(hold.by),
            words.instant(hold.since),
            words.instant(hold.until) or "resumed",
            Text(hold.why),
        )
    tables.console().print(table)
