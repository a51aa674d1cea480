"""`hookbeat scheduler pause|resume|disable|enable|status`: everything at once."""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import click

from beat_schedule import actions
from beat_schedule.actions import Health, Switch
from beat_schedule.decisions import EVERYTHING
from beat_schedule.entries import Entry
from beat_schedule.errors import StoreError
from beat_schedule.keys import MAIN
from beat_schedule.runs.toggles import toggles_of
from beat_schedule.settings import Settings
from beat_schedule.store.audit import Noted, last_pass
from beat_schedule.store.features import Feature, every_feature
from beat_schedule.times import zone_of_people
from beat_schedule.translate import load
from beat_schedule.translate.overlay import former_keys

from . import asking, words
from .examples import Noun, examples
from .held import tell_holds
from .holds import paused, tell_held, tell_resumed
from .record import reader_of
from .standing import Standing, standing_of
from .words import iso, seconds


@click.group(cls=Noun)
def scheduler() -> None:
    """Hold everything, let it go, and see what is held."""


@examples('hookbeat scheduler pause --why "release 7" --for 30m')
@scheduler.command("pause")
@asking.why_perhaps
@asking.end
@asking.by
@asking.for_machines
@click.pass_obj
def pause_all(
    settings: Settings,
    *,
    why: str,
    span: str | None,
    until: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Send nothing at all: every due time is skipped, each with the reason.

    What is in the queues already does not start, and what runs goes on.
    """
    end = asking.end_of(span, until, zone_of_people())
    with actions.operator_of(settings) as operator:
        held = paused(operator, EVERYTHING, by=by, why=why, until=end)
    tell_held(held, "hookbeat scheduler resume", as_json=as_json)


@examples("hookbeat scheduler resume")
@scheduler.command("resume")
@asking.by
@asking.for_machines
@click.pass_obj
def resume_all(settings: Settings, *, by: str, as_json: bool) -> None:
    """Let everything go that `scheduler pause` held; an entry's own pause stays."""
    with actions.operator_of(settings) as operator:
        resumed = actions.resume(operator, EVERYTHING, by=by)
    tell_resumed(EVERYTHING, resumed, as_json=as_json)


@examples('hookbeat scheduler disable --why "moved to web2"')
@scheduler.command("disable")
@asking.why_perhaps
@asking.by
@asking.for_machines
@click.pass_obj
def disable_all(settings: Settings, *, why: str, by: str, as_json: bool) -> None:
    """Send nothing at all until somebody enables it: a pause that `resume` does not end.

    Exit 1 in maintenance.
    """
    with actions.operator_of(settings) as operator:
        held = actions.disable(operator, EVERYTHING, by=by, why=why)
    tell_held(held, "hookbeat scheduler enable", as_json=as_json)


@examples("hookbeat scheduler enable")
@scheduler.command("enable")
@asking.by
@asking.for_machines
@click.pass_obj
def enable_all(settings: Settings, *, by: str, as_json: bool) -> None:
    """Let everything go, whether it was disabled or paused; an entry's own hold stays.

    Exit 1 in maintenance.
    """
    with actions.operator_of(settings) as operator:
        enabled = actions.enable(operator, EVERYTHING, by=by)
    tell_resumed(EVERYTHING, enabled, as_json=as_json)


@examples("hookbeat scheduler status")
@scheduler.command()
@asking.for_machines
@click.pass_obj
def status(settings: Settings, *, as_json: bool) -> None:
    """Show which switch holds everything, or part of it, and what holds single entries.

    By whom, since and until when, why, and what lets it go; and how long ago the last pass was.
    Exit 1 while everything is held, while only the record could be asked, or when the last pass is
    too long ago.
    """
    entries = load(settings).entries
    standing = standing_of(settings, {MAIN, *(entry.clock for entry in entries)})
    switches, unknown = switches_of(settings, standing, entries)
    is_held = any(each.holds_everything for each in switches)
    health, passed = standing.health(settings), _passed(settings)
    former = former_keys(entries)
    if as_json:
        told = {
            "running": None if standing.sight is None else not is_held,
            "health": _health_as_json(health),
            "passed": passed and {"at": iso(passed.at), "who": passed.who, "by": passed.by},
            "switches": [_as_json(each) for each in switches],
            "features_unknown": unknown or None,
            "holds": [
                words.hold_as_json(hold) | {"now": former.get(hold.target)}
                for hold in standing.holds
            ],
        }
        click.echo(json.dumps(standing.as_json() | told, indent=2))
    else:
        _print(standing, switches, former)
        if unknown:
            click.echo(f"whether features hold is not known: {unknown}", err=True)
        click.echo(_health(health))
        if passed:
            by = f"by {passed.who}, at {words.instant(passed.at)}"
            click.echo(f"the last one without a beat that decided something: {by}")
    sys.exit(1 if is_held or standing.sight is None or health.is_bad else 0)


def switches_of(
    settings: Settings, standing: Standing, entries: Sequence[Entry]
) -> tuple[Sequence[Switch], str]:
    """Those in force, and why no feature is among them, where the record cannot be asked."""
    features: Sequence[Feature] | None = None
    unknown = ""
    try:
        with reader_of(settings) as session:
            features = every_feature(session)
    except StoreError as away:
        unknown = str(away)
    declared = toggles_of(settings)
    switches = actions.switches_in_force(standing.holds, features, declared, entries, settings)
    return switches, unknown if declared else ""


def _print(standing: Standing, switches: Sequence[Switch], former: Mapping[str, str]) -> None:
    standing.tell_what_is_away()
    for each in switches:
        said = f"the scheduler {words.hold(each.hold)}" if each.hold else each.words
        click.echo(f"{said}\nlet it go: {each.cure}")
    if standing.sight and not any(each.holds_everything for each in switches):
        click.echo("the scheduler is not held: what is due is sent")
    tell_holds([hold for hold in standing.holds if hold.target != EVERYTHING], former)


def _passed(settings: Settings) -> Noted | None:
    with suppress(StoreError), reader_of(settings) as session:
        return last_pass(session)
    return None


def _health(health: Health) -> str:
    cure = "start a beat, or let cron call `hookbeat run-due`"
    if health.age is None:
        return f"{health.level}: no pass was made yet; {cure}"
    told = f"the last pass was made {words.duration(health.age)} ago"
    at = f"at {words.instant(health.passed_at)}"
    return f"{health.level}: {told}, {at}{f'; {cure}' if health.is_bad else ''}"


def _health_as_json(health: Health) -> dict[str, Any]:
    return {
        "level": str(health.level),
        "last_pass_at": iso(health.passed_at),
        "age": None if health.age is None else seconds(health.age),
    }


def _as_json(switch: Switch) -> dict[str, Any]:
    return {
        "name": switch.name,
        "holds_everything": switch.holds_everything,
        "words": switch.words,
        "cure": switch.cure,
    }
