"""`hookbeat feature list|show|on|off`: the switches that turn runs on and off."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from beat_schedule.clock import SystemClock
from beat_schedule.features import Toggle
from beat_schedule.runs.guards.feature import features_of
from beat_schedule.runs.toggles import toggles_of
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_sessions
from beat_schedule.store.features import Feature, every_feature, feature_named, switch
from beat_schedule.store.migrate import require_current
from beat_schedule.store.unusable import unusable
from beat_schedule.translate import load

from . import asking, completing, tables, words
from .examples import Noun, examples
from .record import engine_of, reader_of


@click.group(cls=Noun)
def feature() -> None:
    """Show the features and switch them; a change takes effect on the next run."""


@examples("hookbeat feature list")
@feature.command("list")
@asking.for_machines
@click.pass_obj
def list_features(settings: Settings, *, as_json: bool) -> None:
    """List every feature: on or off, who switched it last, when, and why.

    Those that the enum has and the table lacks keep their runs from starting: exit 1. Those that
    the enum lacks are marked.
    """
    declared = toggles_of(settings)
    with reader_of(settings) as session:
        features = every_feature(session)
    missing = sorted(declared.keys() - {each.name for each in features})
    if as_json:
        rows = [_as_json(each, declared) for each in features]
        click.echo(json.dumps({"features": rows, "missing": missing}, indent=2))
    else:
        _print(features, declared)
        for name in missing:
            click.echo(f"{name} has no row: `hookbeat migrate` makes it")
    sys.exit(1 if missing else 0)


@examples("hookbeat feature show MAIL_OVERDUE_NOTICES")
@feature.command()
@click.argument("name", shell_complete=completing.features)
@asking.for_machines
@click.pass_obj
def show(settings: Settings, name: str, *, as_json: bool) -> None:
    """Show one feature, and the entries that require it."""
    declared = toggles_of(settings)
    with reader_of(settings) as session:
        found = feature_named(session, name)
    entries = [entry.key for entry in load(settings).entries if name in features_of(entry)]
    if as_json:
        click.echo(json.dumps(_as_json(found, declared) | {"entries": entries}, indent=2))
        return
    click.echo(f"{_said(found)}\n{found.description}")
    if found.name not in declared:
        click.echo("no enum declares it")
    for key in entries:
        click.echo(f"required by {key}")


@examples('hookbeat feature on MAIL_OVERDUE_NOTICES --why "the mail server is back"')
@feature.command("on")
@click.argument("name", shell_complete=completing.features)
@asking.why
@asking.by
@asking.for_machines
@click.pass_obj
def switch_on(settings: Settings, name: str, *, why: str, by: str, as_json: bool) -> None:
    """Switch a feature on: from the next run on it keeps nothing from starting."""
    _switch(settings, name, active=True, why=why, by=by, as_json=as_json)


@examples('hookbeat feature off MAIL_OVERDUE_NOTICES --why "the mail server is down"')
@feature.command("off")
@click.argument("name", shell_complete=completing.features)
@asking.why
@asking.by
@asking.for_machines
@click.pass_obj
def switch_off(settings: Settings, name: str, *, why: str, by: str, as_json: bool) -> None:
    """Switch a feature off: runs that require it do not start; what runs goes on."""
    _switch(settings, name, active=False, why=why, by=by, as_json=as_json)


def _switch(
    settings: Settings, name: str, *, active: bool, why: str, by: str, as_json: bool
) -> None:
    with engine_of(settings) as engine:
        require_current(engine, settings)
        try:
            with make_sessions(engine).begin() as session:
                now = SystemClock().now()
                changed = switch(session, name, active=active, by=by, why=why, at=now)
                found = changed or feature_named(session, name)
        except SQLAlchemyError as error:
            raise unusable(error) from error
    if as_json:
        told = _as_json(found, toggles_of(settings)) | {"changed": changed is not None}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(_said(found) if changed else f"nothing changes: {_said(found)}")


def _said(found: Feature) -> str:
    why = f": {found.why}" if found.why else ""
    since = words.instant(found.changed_at)
    return f"{found.name} is {_state(found)} since {since} by {found.changed_by}{why}"


def _state(found: Feature) -> str:
    return "on" if found.active else "off"


def _as_json(found: Feature, declared: Mapping[str, Toggle]) -> dict[str, Any]:
    return {
        "name": found.name,
        "description": found.description,
        "active": found.active,
        "declared": found.name in declared,
        "changed_by": found.changed_by,
        "changed_at": found.changed_at.isoformat(),
        "why": found.why,
    }


def _print(features: Sequence[Feature], declared: Mapping[str, Toggle]) -> None:
    if not features:
        click.echo("there are no features (HOOKBEAT_FEATURES names an enum of them)")
        return
    table = tables.table("feature", "is", "by", "since", "why", "description")
    for each in features:
        table.add_row(
            _named(each, declared),
            Text(_state(each), style="green" if each.active else "yellow"),
            Text(each.changed_by),
            words.instant(each.changed_at),
            Text(each.why),
            Text(each.description),
        )
    tables.console().print(table)


def _named(found: Feature, declared: Mapping[str, Toggle]) -> Text:
    text = Text(found.name, style="bold")
    return text if found.name in declared else text.append("\nno enum declares it", style="yellow")
