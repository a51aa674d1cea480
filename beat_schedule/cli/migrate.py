"""`hookbeat migrate`: make the tables, or bring them up to date."""

import json

import click
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from beat_schedule.clock import SystemClock
from beat_schedule.runs.toggles import toggles_of
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_sessions
from beat_schedule.store.features import Synced, sync
from beat_schedule.store.migrate import migrate as bring_up_to_date
from beat_schedule.store.unusable import unusable

from . import asking
from .examples import examples
from .record import engine_of


@examples("hookbeat migrate")
@click.command()
@asking.for_machines
@click.pass_obj
def migrate(settings: Settings, *, as_json: bool) -> None:
    """Make the tables of the record, or bring them up to date; give new features their rows.

    Run it before each start of a new version; it may run twice at once.
    """
    with engine_of(settings) as engine:
        steps = bring_up_to_date(engine, settings)
        # They are done even where the features cannot be used.
        for step in () if as_json else steps:
            click.echo(f"done: {step}")
        synced = _synced(engine, settings)
    if as_json:
        told = {"steps": steps, "features": synced.added, "unknown_features": synced.unknown}
        click.echo(json.dumps(told, indent=2))
        return
    for name in synced.added:
        click.echo(f"done: feature {name} has its row")
    if not (steps or synced.added):
        click.echo("the database is up to date")
    for name in synced.unknown:
        click.echo(f"feature {name} is in the table, and no enum declares it")


def _synced(engine: Engine, settings: Settings) -> Synced:
    """Raises SettingsError where the enum cannot be used: the tables are made by then."""
    toggles = toggles_of(settings)
    if not toggles:
        return Synced((), ())
    try:
        with make_sessions(engine).begin() as session:
            return sync(session, toggles.values(), SystemClock().now())
    except SQLAlchemyError as error:
        raise unusable(error) from error
