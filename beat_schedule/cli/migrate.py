"""`hookbeat migrate`: make the tables, or bring them up to date."""

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

from .examples import examples
from .record import engine_of


@examples("hookbeat migrate")
@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Make the tables of the record, or bring them up to date; give new features their rows.

    Run it before each start of a new version; it may run twice at once.
    """
    with engine_of(settings) as engine:
        steps = bring_up_to_date(engine, settings)
        for step in steps:
            click.echo(f"done: {step}")
        synced = _synced(engine, settings)
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
