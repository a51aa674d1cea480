"""`hookbeat health`: whether the beat or the worker of this machine does its work."""

import json
import socket
import sys

import click

from beat_schedule.actions import operator_of
from beat_schedule.errors import BrokerError
from beat_schedule.overview.health import of_beat, of_worker
from beat_schedule.settings import Settings

from . import asking
from .examples import Noun, examples


@click.group(cls=Noun)
def health() -> None:
    """Ask whether the beat or the worker of this machine does its work: for health checks."""


@examples("hookbeat health beat")
@health.command("beat")
@click.option("--host", default=socket.gethostname, help="Of another machine.")
@asking.for_machines
@click.pass_obj
def beat(settings: Settings, *, host: str, as_json: bool) -> None:
    """Exit 0 if a beat of this machine shows itself and, if it leads, makes its passes.

    Where HOOKBEAT_CLOCKS names clocks, one of each of them.
    """
    try:
        with operator_of(settings) as operator:
            sights = [operator.look(), *operator.look_at_others()]
        complaint = of_beat(sights, host, settings.clocks)
    except BrokerError as away:
        complaint = str(away)
    _answer(complaint, as_json=as_json)


@examples("hookbeat health worker")
@health.command("worker")
@click.option("--host", default=socket.gethostname, help="Of another machine.")
@asking.for_machines
@click.pass_obj
def worker(settings: Settings, *, host: str, as_json: bool) -> None:
    """Exit 0 if a worker of this machine shows itself.

    It does so every 5 seconds for as long as its loop turns.
    """
    try:
        complaint = of_worker(settings, host)
    except BrokerError as away:
        complaint = str(away)
    _answer(complaint, as_json=as_json)


def _answer(complaint: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"is_healthy": not complaint, "why_not": complaint or None}))
    else:
        click.echo(complaint or "it is at work")
    sys.exit(1 if complaint else 0)
