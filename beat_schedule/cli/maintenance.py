"""`hookbeat maintenance on|off`: hold everything but what goes on even then."""

import json
from collections.abc import Sequence

import click

from beat_schedule import actions
from beat_schedule.decisions import EVERYTHING, Hold
from beat_schedule.settings import Settings
from beat_schedule.times import zone_of_people
from beat_schedule.translate import load

from . import asking, words
from .examples import Noun, examples


@click.group(cls=Noun)
def maintenance() -> None:
    """Hold everything but the entries that go on in maintenance, and let it go."""


@examples('hookbeat maintenance on --why "release 7" --for 30m')
@maintenance.command("on")
@asking.why
@asking.end
@asking.by
@asking.for_machines
@click.pass_obj
def begin(
    settings: Settings, *, why: str, span: str | None, until: str | None, by: str, as_json: bool
) -> None:
    """Send and start nothing but entries with `even_in_maintenance`.

    Every other due time is skipped, and so is what waits in the queues. What runs goes on. Exit 1
    while everything is paused.
    """
    end = asking.end_of(span, until, zone_of_people())
    with actions.operator_of(settings) as operator:
        try:
            held = actions.begin_maintenance(operator, by=by, why=why, until=end)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--until") from error
    _tell_begun(held, _going_on(settings), as_json=as_json)


@examples("hookbeat maintenance off")
@maintenance.command("off")
@asking.by
@asking.for_machines
@click.pass_obj
def end(settings: Settings, *, by: str, as_json: bool) -> None:
    """Let everything go; what was due meanwhile stays skipped.

    Exit 1 while everything is paused.
    """
    with actions.operator_of(settings) as operator:
        ended = actions.end_maintenance(operator, by=by)
    if as_json:
        click.echo(json.dumps({"ended": ended and words.hold_as_json(ended)}, indent=2))
    elif ended:
        click.echo(f"{words.target(EVERYTHING)} goes on: from now on what is due is sent")
    else:
        click.echo(f"{words.target(EVERYTHING)} was not in maintenance")


def _going_on(settings: Settings) -> Sequence[str]:
    """The entries of the hooks that maintenance does not stop."""
    entries = load(settings).entries
    return [entry.key for entry in entries if entry.policy.even_in_maintenance]


def _tell_begun(held: Hold, going_on: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(words.hold_as_json(held) | {"goes_on": list(going_on)}, indent=2))
        return
    click.echo(f"{words.target(held.target)} {words.hold(held)}")
    for key in going_on:
        click.echo(f"goes on: {key}")
    click.echo("let it go: hookbeat maintenance off")
