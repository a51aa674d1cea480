"""`hookbeat clean`: take from the record what is too old."""

import json

import click
from sqlalchemy.exc import SQLAlchemyError

from beat_schedule.clock import SystemClock
from beat_schedule.housekeeping import what_to_keep
from beat_schedule.settings import Settings
from beat_schedule.store.engine import late_writer, make_sessions
from beat_schedule.store.migrate import require_current
from beat_schedule.store.retention import Cleaning, Gone
from beat_schedule.store.unusable import unusable

from . import asking
from .check import counted
from .examples import examples
from .record import engine_of

_ONE = {"entries": "entry"}


@examples("hookbeat clean --dry-run", "hookbeat clean")
@click.command()
@click.option("--dry-run", is_flag=True, help="Only count what would be taken.")
@asking.for_machines
@click.pass_obj
def clean(settings: Settings, *, dry_run: bool, as_json: bool) -> None:
    """Take from the record what is older than HOOKBEAT_KEEP_RUNS and its like say.

    The task beat_schedule.housekeeping.clean does the same. What has not ended is never taken, nor
    the last success of an entry.
    """
    gone = _cleaned(settings, dry_run=dry_run)
    if as_json:
        click.echo(json.dumps({"dry_run": dry_run, **gone.counts()}, indent=2))
        return
    told = ", ".join(
        counted(number, _ONE.get(name, name.removesuffix("s")), name)
        for name, number in gone.counts().items()
    )
    click.echo(f"{'would take' if dry_run else 'took'} {told}")


def _cleaned(settings: Settings, *, dry_run: bool) -> Gone:
    with engine_of(settings) as engine:
        require_current(engine, settings)
        try:
            with late_writer(make_sessions(engine)) as session:
                keep = what_to_keep(session, settings)
                cleaning = Cleaning(session, keep, SystemClock().now())
                return cleaning.count() if dry_run else cleaning.clean()
        except SQLAlchemyError as error:
            raise unusable(error) from error
