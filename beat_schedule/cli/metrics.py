"""`hookbeat metrics`: numbers for Prometheus, on a port of their own."""

import json
import signal
import threading
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from beat_schedule.clock import SystemClock
from beat_schedule.errors import HookbeatError
from beat_schedule.settings import Settings

from . import asking
from .examples import examples

#: Nobody else has it among Prometheus's exporters.
PORT = 9910


@examples("hookbeat metrics --address 0.0.0.0", "hookbeat metrics --once")
@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option(
    "--address",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen; 0.0.0.0 for all the world.",
)
@click.option("--once", is_flag=True, help="Print them once, and listen nowhere.")
@asking.for_machines
@click.pass_obj
def metrics(settings: Settings, *, port: int, address: str, once: bool, as_json: bool) -> None:
    """Serve numbers for Prometheus: one process for the whole installation.

    They are asked of Redis and the record anew each time. While one of the two is away its numbers
    are left out.
    """
    if not find_spec("prometheus_client"):
        raise HookbeatError(
            "numbers for Prometheus need prometheus-client, which is not installed: "
            "pip install 'hookbeat[metrics]'"
        )
    # Only for those who have it.
    registry = import_module("beat_schedule.metrics").registry_of(settings, SystemClock())
    if once or as_json:
        click.echo(_once(registry, as_json=as_json), nl=False)
    else:
        _serve(registry, port, address)


def _once(registry: Any, *, as_json: bool) -> str:
    if not as_json:
        text: bytes = import_module("prometheus_client").generate_latest(registry)
        return text.decode()
    rows = [
        {"name": sample.name, "labels": sample.labels, "value": sample.value}
        for family in registry.collect()
        for sample in family.samples
    ]
    return f"{json.dumps(rows, indent=2)}\n"


def _serve(registry: Any, port: int, address: str) -> None:
    """Until somebody ends it."""
    ended = threading.Event()
    try:
        server, thread = import_module("prometheus_client").start_http_server(
            port, address, registry
        )
    except OSError as error:
        raise HookbeatError(f"cannot listen at {address}:{port}: {error} (--port)") from error
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    click.echo(f"metrics at http://{address}:{server.server_port}/metrics", err=True)
    ended.wait()
    server.shutdown()
    thread.join()
