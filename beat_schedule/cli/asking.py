"""What several commands ask in the same way: who, why, until when."""

import getpass
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from beat_schedule.actions import instant_at
from beat_schedule.errors import ScheduleError
from beat_schedule.schedules.every import read_interval

Command = TypeVar("Command", bound=Callable[..., Any])


def myself() -> str:
    """The user of the operating system, and the machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container's user often has no name.
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def by(command: Command) -> Command:
    return click.option(
        "--by", default=myself, metavar="WHO", help="Who does it. Default: your user and machine."
    )(command)


def reason(command: Command) -> Command:
    return click.option("--reason", default="", metavar="TEXT", help="Why, for whoever looks.")(
        command
    )


def end(command: Command) -> Command:
    """`--for` and `--until`, to be read by `end_of`."""
    for_option = click.option("--for", "span", metavar="SPAN", help="End by itself: 90s, 5m, 2h.")
    until_option = click.option(
        "--until", metavar="TIME", help="End by itself then; without an offset in its zone."
    )
    return for_option(until_option(command))


def end_of(span: str | None, until: str | None, zone: ZoneInfo) -> datetime | timedelta | None:
    """What the two say; raises UsageError for both, and for what is neither span nor time."""
    if span and until:
        raise click.UsageError("give --for or --until, not both")
    try:
        return read_interval(span) if span else None if until is None else instant_at(until, zone)
    except ScheduleError as error:
        raise click.BadParameter(str(error), param_hint="--for") from error
    except ValueError as error:
        raise click.BadParameter(
            f"{until!r} is neither a date nor a time: write 2026-03-10 or 2026-03-10T06:30",
            param_hint="--until",
        ) from error
