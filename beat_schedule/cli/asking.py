"""What several commands ask in the same way: who, why, until when."""

import getpass
import os
import pwd
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from beat_schedule.errors import ScheduleError
from beat_schedule.times import instant_at, read_interval

#: More than anybody reads, and few enough to be held in memory.
MOST = 10_000

Command = TypeVar("Command", bound=Callable[..., Any])


def myself() -> str:
    """The user of the operating system, and the machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container's user often has no name.
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def os_user() -> str:
    """Whose rights this process has, and the machine; whatever the environment says."""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    return f"{user}@{socket.gethostname()}"


def by(command: Command) -> Command:
    return click.option(
        "--by", default=myself, metavar="WHO", help="Who does it. Default: your user and machine."
    )(command)


class _Why(click.Option):
    """`--why`; the word that it had before is taken too, and not shown."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        super().add_to_parser(parser, ctx)
        parser.add_option(obj=self, opts=["--reason"], dest=self.name)


def why_perhaps(command: Command) -> Command:
    """As `why`, of what may be done without one."""
    return click.option(
        "--why", cls=_Why, default="", metavar="TEXT", help="Why, for whoever looks."
    )(command)


def why(command: Command) -> Command:
    """Of what nobody should do without one."""
    return click.option("--why", required=True, metavar="TEXT", help="Why, for whoever looks.")(
        command
    )


def for_machines(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="For machines.")(command)


def limit(command: Command) -> Command:
    """`--limit`, of what is listed from the record."""
    return click.option(
        "--limit",
        type=click.IntRange(min=1, max=MOST),
        default=20,
        show_default=True,
        help="How many rows at most, newest first.",
    )(command)


def since(command: Command) -> Command:
    """`--since`, to be read by `since_of`."""
    return click.option(
        "--since",
        metavar="TIME",
        help="Only from then on: a time, in HOOKBEAT_TIMEZONE without an offset, or 2h, 7d ago.",
    )(command)


def since_of(said: str | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """What `--since` says; raises BadParameter for what is neither time nor span."""
    if said is None:
        return None
    try:
        return now - read_interval(said)
    except ScheduleError:
        return instant(said, zone, "--since", or_else=", or 2h, 7d for so long ago")
    except OverflowError as error:
        raise click.BadParameter(f"{said!r} is before all time", param_hint="--since") from error


def end(command: Command) -> Command:
    """`--for` and `--until`, to be read by `end_of`."""
    for_option = click.option("--for", "span", metavar="SPAN", help="End by itself: 90s, 5m, 2h.")
    until_option = click.option(
        "--until", metavar="TIME", help="End by itself then; without an offset in its zone."
    )
    return for_option(until_option(command))


def end_of(span: str | None, until: str | None, zone: ZoneInfo) -> datetime | timedelta | None:
    """What the two say; raises UsageError for both, and for what is neither span nor time."""
    if span is not None and until is not None:
        raise click.UsageError("give --for or --until, not both")
    if until is not None:
        return instant(until, zone, "--until")
    try:
        return None if span is None else read_interval(span)
    except ScheduleError as error:
        raise click.BadParameter(str(error), param_hint="--for") from error


def instant(said: str, zone: ZoneInfo, option: str, *, or_else: str = "") -> datetime:
    """The instant that an option says; raises BadParameter for what is neither date nor time."""
    try:
        return instant_at(said, zone)
    except ValueError as error:
        raise click.BadParameter(
            f"{error}: write 2026-03-10 or 2026-03-10T06:30{or_else}", param_hint=option
        ) from error
