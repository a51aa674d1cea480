"""`hookbeat pause`, `resume`, `skip`: keep an entry from being sent, and let it go again."""

import json
import shlex
from datetime import datetime, timedelta

import click

from beat_schedule import actions
from beat_schedule.decisions import Hold
from beat_schedule.dispatch.operator import Operator
from beat_schedule.entries import Entry
from beat_schedule.errors import NotFoundError
from beat_schedule.settings import Settings
from beat_schedule.translate import Translation, load

from . import asking, completing, words
from .examples import examples


@examples('hookbeat pause tasks.library.daily --why "the stock is counted" --for 2h')
@click.command()
@click.argument("name", metavar="ENTRY", shell_complete=completing.entries)
@asking.why_perhaps
@asking.end
@asking.by
@asking.for_machines
@click.pass_obj
def pause(
    settings: Settings,
    name: str,
    *,
    why: str,
    span: str | None,
    until: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Send nothing for an entry: its due times are skipped, each with the reason.

    ENTRY is its key, or its task's path where that has one entry. What is in the queue already
    does not start, and what runs goes on.
    """
    with actions.operator_of(settings) as operator:
        target, entry = _target(operator, settings, load(settings), name)
        end = asking.end_of(span, until, entry.zone(settings.zone) if entry else settings.zone)
        held = paused(operator, target, by=by, why=why, until=end)
    tell_held(held, f"hookbeat resume {shlex.quote(target)}", as_json=as_json)


@examples("hookbeat resume tasks.library.daily")
@click.command()
@click.argument("name", metavar="ENTRY", shell_complete=completing.entries)
@asking.by
@asking.for_machines
@click.pass_obj
def resume(settings: Settings, name: str, *, by: str, as_json: bool) -> None:
    """Let an entry that was paused or is to be skipped be sent again.

    What was due while it was paused stays skipped.
    """
    with actions.operator_of(settings) as operator:
        target, _ = _target(operator, settings, load(settings), name)
        resumed = actions.resume(operator, target, by=by)
    tell_resumed(target, resumed, as_json=as_json)


@examples('hookbeat skip tasks.library.daily --why "a holiday"')
@click.command()
@click.argument("name", metavar="ENTRY", shell_complete=completing.entries)
@asking.why_perhaps
@asking.by
@asking.for_machines
@click.pass_obj
def skip(settings: Settings, name: str, *, why: str, by: str, as_json: bool) -> None:
    """Leave out the next due time of an entry, and tell which that is."""
    with actions.operator_of(settings) as operator:
        entry = _declared(operator, settings, name)
        skipped = actions.skip(operator, entry, by=by, why=why)
    if as_json:
        late = skipped.late_since and skipped.late_since.isoformat()
        told = {"due_at": skipped.due_at.isoformat(), "late_since": late}
        click.echo(json.dumps(told | {"hold": words.hold_as_json(skipped.hold)}, indent=2))
    else:
        _tell_skipped(entry, skipped, settings)


def paused(
    operator: Operator, target: str, *, by: str, why: str, until: datetime | timedelta | None
) -> Hold:
    try:
        return actions.pause(operator, target, by=by, why=why, until=until)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--until") from error


def tell_held(held: Hold, cure: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(words.hold_as_json(held), indent=2))
    else:
        click.echo(f"{words.target(held.target)} {words.hold(held)}\nlet it go: {cure}")


def tell_resumed(target: str, resumed: actions.Resumed, *, as_json: bool) -> None:
    if as_json:
        told = {
            "entry": target,
            "ended": resumed.ended and words.hold_as_json(resumed.ended),
            "still": resumed.still and words.hold_as_json(resumed.still),
        }
        click.echo(json.dumps(told, indent=2))
        return
    if resumed.ended:
        click.echo(f"{words.target(target)} goes on: from now on what is due is sent")
    else:
        click.echo(f"nothing held {words.target(target)}")
    if resumed.still:
        click.echo(f"but {words.target(resumed.still.target)} {words.hold(resumed.still)}")


def _tell_skipped(entry: Entry, skipped: actions.Skipped, settings: Settings) -> None:
    local = skipped.due_at.astimezone(entry.zone(settings.zone))
    when = f"{words.instant(skipped.due_at)} ({local:%Y-%m-%d %H:%M:%S %Z})"
    click.echo(f"{'already ' if skipped.already else ''}skipped: {entry.key} due {when}")
    if skipped.late_since:
        click.echo(
            f"with it all that is late since {words.instant(skipped.late_since)} and not decided"
        )
    click.echo(f"take it back: hookbeat resume {shlex.quote(entry.key)}")


def _target(
    operator: Operator, settings: Settings, translation: Translation, name: str
) -> tuple[str, Entry | None]:
    """An entry of the hooks, or one that only the beat or a hold knows."""
    others = operator.declared() | {hold.target for hold in operator.look().holds}
    declared = translation.entries
    with actions.telling_unread(translation.unread):
        try:
            entry = actions.find_overlaid(settings, declared, name)
        except NotFoundError:
            return actions.find_target(declared, others, name)
    return entry.key, entry


def _declared(operator: Operator, settings: Settings, name: str) -> Entry:
    """An entry of the hooks, for whoever has to know when it is due."""
    translation = load(settings)
    target, entry = _target(operator, settings, translation, name)
    if entry:
        return entry
    with actions.telling_unread(translation.unread):
        raise NotFoundError(
            f"when {target} is due is not known here: the hooks do not declare it (hold it for a "
            f"time: hookbeat pause {shlex.quote(target)} --until TIME)"
        )
