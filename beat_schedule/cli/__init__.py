"""`hookbeat`: parse, call one function, print. Exit 0 done, 1 found a problem, 2 misuse."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from beat_schedule.errors import HookbeatError, Problem, SettingsError
from beat_schedule.settings import Settings

from .backfill import backfill
from .beats import beats
from .cancel import cancel
from .check import check
from .clean import clean
from .cursor import cursor
from .decisions import decisions
from .doctor import doctor
from .entries import list_entries
from .entry import entry
from .feature import feature
from .health import health
from .holds import pause, resume, skip
from .incidents import incidents
from .init import init
from .load import load
from .logs import logs
from .maintenance import maintenance
from .make import make
from .metrics import metrics
from .migrate import migrate
from .next import next_due
from .pending import pending
from .plan import plan
from .purge import purge
from .ready import ready_for_migration
from .run import run
from .run_due import run_due
from .runs import runs
from .scheduler import scheduler
from .simulate import simulate_span
from .spoiled import spoiled
from .status import status
from .why import why


class House(click.Group):
    """Our commands, and those of the modules that the setting `commands` names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them; our own where the settings cannot be used, so that help always helps."""
        try:
            added = self._added(ctx)
        except HookbeatError:
            added = {}
        return sorted([*super().list_commands(ctx), *added])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or self._added(ctx).get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        asks_for_help = {"--help"} & {*ctx.args}
        try:
            if not asks_for_help:
                _settings(ctx)
            return super().invoke(ctx)
        except HookbeatError as error:
            raise click.ClickException(str(error)) from error

    def _added(self, ctx: click.Context) -> dict[str, click.Command]:
        return {
            str(command.name): command
            for name in _settings(ctx).commands
            for command in _commands_of(name)
        }


def _commands_of(module: str) -> list[click.Command]:
    try:
        return list(import_module(module).commands)
    except (Exception, SystemExit) as error:
        reason = f"{module!r} adds no commands: {type(error).__name__}: {error}"
        cure = "name a module with a list `commands`; is -C the project's folder?"
        raise SettingsError([Problem("HOOKBEAT_COMMANDS", reason, cure)]) from error


def _settings(ctx: click.Context) -> Settings:
    """Read once, from the folder that `-C` names."""
    if ctx.obj is None:
        # `--help` asks before `-C` has its default.
        _enter(ctx, None, Path())
        ctx.obj = Settings.read()
    settings: Settings = ctx.obj
    return settings


def _enter(_ctx: click.Context, _param: click.Parameter | None, folder: Path) -> Path:
    """Work in the project's folder, and import from it for as long as we live."""
    os.chdir(folder)
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    return folder


@click.group(cls=House)
@click.option(
    "-C",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    callback=_enter,
    is_eager=True,
    expose_value=False,
    help="The project's folder, if it is not this one.",
)
@click.version_option(package_name="hookbeat")
def main() -> None:
    """Periodic tasks for Celery that run once, and say why when they do not."""


def _with_lines(command: click.Command) -> click.Command:
    """Keep the lines of examples: click looks for a backspace where a docstring has its sign."""
    if command.help:
        command.help = command.help.replace("\\b\n", "\b\n")
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        _with_lines(each)
    return command


for _command in (
    backfill,
    beats,
    cancel,
    check,
    clean,
    cursor,
    decisions,
    entry,
    doctor,
    feature,
    health,
    incidents,
    init,
    list_entries,
    load,
    logs,
    maintenance,
    make,
    metrics,
    migrate,
    next_due,
    pause,
    pending,
    plan,
    purge,
    ready_for_migration,
    resume,
    run,
    run_due,
    runs,
    scheduler,
    simulate_span,
    skip,
    spoiled,
    why,
    status,
):
    main.add_command(_with_lines(_command))
