"""`hookbeat entry`: what operators say over the code, and the entries that they make."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from beat_schedule import actions
from beat_schedule.actions import Desk, Said
from beat_schedule.apps import app_named
from beat_schedule.errors import EntryConflictError, EntryError
from beat_schedule.settings import Settings
from beat_schedule.translate.parameters import read_parameters
from beat_schedule.translate.report import RefusedError

from . import asking, completing, words
from .entry_shown import list_said, show_entry
from .entry_told import said_as_json, tell
from .examples import Noun, examples

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(cls=Noun)
def entry() -> None:
    """Change entries without a deploy, and make others; changes take effect within seconds."""


entry.add_command(list_said)
entry.add_command(show_entry)


def _options(command: Command) -> Command:
    """What may be said of any entry."""
    for option in reversed(
        [
            click.option("--cron", metavar="EXPRESSION", help="When: 30 6 * * mon-fri."),
            click.option("--every", metavar="SPAN", help="When: 90s, 5m, 2h, 1d."),
            click.option("--once", metavar="TIME", help="When: only then, as 2027-01-01T06:30."),
            click.option("--timezone", metavar="ZONE", help="Whose clock it is due by."),
            click.option("--not-before", metavar="TIME", help="It is due no earlier."),
            click.option("--args", metavar="JSON", help="Arguments by position: a list."),
            click.option(
                "--kwargs",
                metavar="JSON|NAME=VALUE",
                help="Arguments by name: an object, or lines of name=value.",
            ),
            click.option(
                "--queue",
                metavar="QUEUE",
                help="Where its runs wait.",
                shell_complete=completing.queues,
            ),
            click.option("--timeout", metavar="SPAN", help="How long a run may take."),
        ]
    ):
        command = option(command)
    return command


@examples(
    'hookbeat entry set tasks.library.daily@daily --cron "30 6 * * *" --why "after the backup"',
    'hookbeat entry set tasks.library.daily@daily --disable --why "the mail server moves"',
)
@entry.command("set")
@click.argument("key", metavar="ENTRY", shell_complete=completing.entries)
@_options
@click.option("--enable", is_flag=True, help="Let it run again.")
@click.option("--disable", is_flag=True, help="Keep it from running till then.")
@asking.why
@asking.by
@asking.for_machines
@click.pass_obj
def set_entry(
    settings: Settings,
    /,
    key: str,
    *,
    enable: bool,
    disable: bool,
    why: str,
    by: str,
    as_json: bool,
    **said: str | None,
) -> None:
    """Say over the code when an entry is due, with what, in which queue and for how long.

    What is said so outlives deploys, until `hookbeat entry reset`. Of an entry made at run time it
    replaces what was said before. ENTRY is its key, or its task's path where that has one entry.
    """
    options = _said(said)
    if enable and disable:
        raise click.UsageError("give --enable or --disable, not both")
    if not (options or enable or disable):
        raise click.UsageError("say what is to be otherwise: see --help")
    with _desk(settings) as desk, _misuse():
        key = desk.key_of(key)
        changed = desk.set(key, options, by=by, why=why) if options else None
        if disable:
            held = words.hold(desk.disable(key, by=by, why=why))
        elif enable:
            held = "runs again" if desk.enable(key, by=by, why=why).ended else "was enabled already"
        else:
            held = ""
    if as_json:
        told = said_as_json(changed) if changed else {"key": key}
        enabled = enable if enable or disable else None
        click.echo(json.dumps(told | {"enabled": enabled}, indent=2))
        return
    if changed:
        tell(changed, settings)
    if held:
        click.echo(f"{key} {held}")


@examples(
    'hookbeat entry reset tasks.library.daily@daily --why "as it was"',
    'hookbeat entry reset tasks.library.daily@daily --only queue --why "long is idle"',
)
@entry.command("reset")
@click.argument("key", metavar="ENTRY", shell_complete=completing.entries)
@click.option("--only", multiple=True, metavar="NAME", help="Only this: cron, queue, enabled …")
@asking.why
@asking.by
@asking.for_machines
@click.pass_obj
def reset_entry(
    settings: Settings, key: str, *, only: tuple[str, ...], why: str, by: str, as_json: bool
) -> None:
    """Drop what was said over the code: what the code says counts again.

    Also that it is disabled.
    """
    names = [name.replace("-", "_") for name in only]
    with _desk(settings) as desk:
        _print(desk.reset(desk.key_of(key), names, by=by, why=why), settings, as_json=as_json)


@examples(
    'hookbeat entry add evening-notices --task tasks.library.deliver --cron "0 20 * * *" '
    '--why "the desk asked"',
)
@entry.command("add")
@click.argument("key", metavar="NAME")
@click.option(
    "--task",
    required=True,
    metavar="TASK",
    help="What runs: a task that workers know.",
    shell_complete=completing.tasks,
)
@_options
@click.option(
    "--option",
    "more",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other option of an entry: catch_up=none, retries=3.",
)
@asking.why
@asking.by
@asking.for_machines
@click.pass_obj
def add_entry(
    settings: Settings,
    /,
    key: str,
    *,
    task: str,
    more: tuple[str, ...],
    why: str,
    by: str,
    as_json: bool,
    **said: str | None,
) -> None:
    """Make an entry at run time: a task that the app registers, when, and with what.

    NAME is its key; it is due from now on.
    """
    others, options = _read("--option", "\n".join(more)), {"task": task, **_said(said)}
    for name in others.keys() & options.keys():
        raise click.UsageError(f"{name} is said twice: leave it out of --option")
    options |= others
    with _desk(settings) as desk, _misuse():
        _print(desk.add(key, options, by=by, why=why), settings, as_json=as_json)


@examples('hookbeat entry remove evening-notices --why "nobody reads them"')
@entry.command("remove")
@click.argument("key", metavar="ENTRY", shell_complete=completing.entries)
@asking.why
@asking.by
@asking.for_machines
@click.pass_obj
def remove_entry(settings: Settings, key: str, *, why: str, by: str, as_json: bool) -> None:
    """Remove an entry that was made at run time; its runs stay on record."""
    with _desk(settings) as desk:
        _print(desk.remove(desk.key_of(key), by=by, why=why), settings, as_json=as_json)


@contextmanager
def _desk(settings: Settings) -> Iterator[Desk]:
    with actions.desk_of(app_named(settings.app), through="cli") as desk:
        yield desk


@contextmanager
def _misuse() -> Iterator[None]:
    """What cannot be meant is no problem that was found."""
    try:
        yield
    except EntryConflictError:
        raise
    except EntryError as error:
        raise click.UsageError(str(error)) from error


def _said(said: Mapping[str, str | None]) -> dict[str, Any]:
    """The options that were given, read as what they stand for."""
    options: dict[str, Any] = {name: text for name, text in said.items() if text is not None}
    if "kwargs" in options:
        options["kwargs"] = _read("--kwargs", options["kwargs"])
    if "args" in options:
        options["args"] = _list(options["args"])
    return options


def _read(option: str, text: str) -> Mapping[str, Any]:
    try:
        return read_parameters(text)
    except RefusedError as refused:
        cure = f" ({refused.cure})" if refused.cure else ""
        raise click.BadParameter(f"{refused.reason}{cure}", param_hint=option) from refused


def _list(text: str) -> list[Any]:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no JSON: {error}", param_hint="--args") from error
    if not isinstance(read, list):
        raise click.BadParameter(f"{text!r} is no list", param_hint="--args")
    return read


def _print(said: Said, settings: Settings, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(said_as_json(said), indent=2))
    else:
        tell(said, settings)
