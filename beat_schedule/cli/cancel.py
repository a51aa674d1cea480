"""`hookbeat cancel RUN`: end a run that nobody wants any more."""

import json
import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from beat_schedule.actions import Stopping, cancel_run, stop_worker
from beat_schedule.apps import app_named
from beat_schedule.clock import SystemClock
from beat_schedule.settings import Settings
from beat_schedule.store.cancelling import Cancelled, Over
from beat_schedule.store.engine import make_sessions
from beat_schedule.store.migrate import require_current
from beat_schedule.store.models import RunState
from beat_schedule.store.unusable import unusable
from beat_schedule.translate import load

from . import asking, completing
from .examples import examples
from .record import engine_of

#: How it stood, in words.
WAS = {
    None: "it was sent and had not started: its message will be dropped",
    RunState.WAITING: "it was waiting for its next attempt",
    RunState.RUNNING: "it was running",
    RunState.ENDED: "",
}


@examples('hookbeat cancel 3bb1a2c4 --why "started for the wrong day"')
@click.command()
@click.argument("run", shell_complete=completing.open_runs)
@asking.why
@asking.by
@asking.for_machines
@click.pass_obj
def cancel(settings: Settings, run: str, *, why: str, by: str, as_json: bool) -> None:
    """End a run: one that waits or was sent never starts, one that runs is told to stop.

    RUN is a run's id, or as much of its beginning as no other has. Exit 1 if it had ended before,
    or if its worker could not be told: then it goes on, and its work in the database is not kept.
    """
    with engine_of(settings) as engine:
        require_current(engine, settings)
        try:
            done = cancel_run(
                make_sessions(engine),
                settings,
                load(settings).entries,
                run,
                by=by,
                why=why,
                clock=SystemClock(),
            )
        except SQLAlchemyError as error:
            raise unusable(error) from error
    stopping = None
    if isinstance(done, Cancelled):
        stopping = stop_worker(lambda: app_named(settings.app), settings, done)
    if as_json:
        click.echo(json.dumps(_as_json(done, stopping), indent=2))
    else:
        _tell(done, stopping)
    is_well = isinstance(done, Cancelled) and (stopping is None or stopping.is_told)
    sys.exit(0 if is_well else 1)


def _tell(done: Cancelled | Over, stopping: Stopping | None) -> None:
    if isinstance(done, Over):
        click.echo(f"run {done.run} of {done.entry} had ended before: {done.outcome}")
        return
    click.echo(f"cancelled: run {done.run} of {done.entry}; {WAS[done.was]}")
    if stopping and stopping.is_told:
        click.echo(f"{done.worker} was told to stop it")
    elif stopping:
        click.echo(
            f"but {done.worker} could not be told to stop it: {stopping.words}\nit goes on until "
            "it is done, and its work in the database is not kept"
        )


def _as_json(done: Cancelled | Over, stopping: Stopping | None) -> dict[str, object]:
    told = {"id": str(done.run), "entry": done.entry}
    if isinstance(done, Over):
        return {**told, "cancelled": False, "outcome": str(done.outcome)}
    said = {"is_told": stopping.is_told, "words": stopping.words} if stopping else None
    was = str(done.was) if done.was else "sent"
    return {**told, "cancelled": True, "was": was, "worker": done.worker, "stopping": said}
