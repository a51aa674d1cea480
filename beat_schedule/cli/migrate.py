"""`hookbeat migrate`: make the tables, or bring them up to date."""

import click

from beat_schedule.settings import Settings
from beat_schedule.store.migrate import migrate as bring_up_to_date

from .record import engine_of


@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Make the tables of the record, or bring them up to date.

    Run it before each start of a new version; it may run twice at once.
    """
    with engine_of(settings) as engine:
        steps = bring_up_to_date(engine, settings)
    for step in steps:
        click.echo(f"done: {step}")
    if not steps:
        click.echo("the database is up to date")
