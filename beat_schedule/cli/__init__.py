"""`hookbeat`: parse, call one function, print. Exit 0 done, 1 found a problem, 2 misuse."""

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from beat_schedule.errors import HookbeatError, Problem, SettingsError
from beat_schedule.settings import Settings
from beat_schedule.times import told_in, zone_of

from .commands import COMMANDS
from .completing import ASKED
from .examples import examples

#: Whether somebody asked for JSON, and by whose clock for times.
_FOR_MACHINES, _ZONE = f"{__name__}.for_machines", f"{__name__}.zone"


class House(click.Group):
    """Our commands, and those of the modules that the setting `commands` names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*COMMANDS, *self._added_if_any(ctx)})

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Without an import of our own commands."""
        ours = {
            name: click.Command(name, help=listed.what_for) for name, listed in COMMANDS.items()
        }
        click.Group(commands={**self._added_if_any(ctx), **ours}).format_commands(ctx, formatter)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if listed := COMMANDS.get(cmd_name):
            module, _, name = listed.where.partition(".")
            command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
            return command
        return self._added(ctx).get(cmd_name)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """By their names alone: what each is for would import them all."""
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        return [*map(CompletionItem, names), *click.Command.shell_complete(self, ctx, incomplete)]

    def main(self, *args: Any, **extra: Any) -> Any:
        if ASKED in os.environ:
            import_module(f"{__name__}.completion")
        return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """A machine is told on its own channel too why nothing was done."""
        try:
            try:
                return super().invoke(ctx)
            except HookbeatError as error:
                raise click.ClickException(str(error)) from error
        except click.ClickException as refused:
            if ctx.meta.get(_FOR_MACHINES):
                click.echo(json.dumps({"error": refused.format_message()}, indent=2))
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """With the settings read, but for what has to answer without any."""
        ctx.meta[_FOR_MACHINES] = "--json" in args
        if not (ctx.resilient_parsing or "--help" in args or args[0] == "completion"):
            settings = _settings(ctx)
            ctx.with_resource(told_in(ctx.meta.get(_ZONE, settings.zone)))
        return super().resolve_command(ctx, args)

    def _added_if_any(self, ctx: click.Context) -> dict[str, click.Command]:
        """None where the settings cannot be used, so that help always helps."""
        try:
            return self._added(ctx)
        except HookbeatError:
            return {}

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


def _choose_zone(ctx: click.Context, _param: click.Parameter, name: str | None) -> None:
    if name is not None:
        try:
            ctx.meta[_ZONE] = zone_of(name)
        except ValueError as unknown:
            raise click.BadParameter(str(unknown)) from unknown


@examples(
    "hookbeat status",
    "hookbeat doctor",
    "hookbeat why tasks.library.daily",
    "hookbeat --zone UTC runs",
)
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
@click.option(
    "--zone",
    metavar="ZONE",
    callback=_choose_zone,
    expose_value=False,
    help="Say and show times by the clock of this zone, not of HOOKBEAT_TIMEZONE: UTC.",
)
@click.version_option(package_name="hookbeat")
def main() -> None:
    """Periodic tasks for Celery that run once, and say why when they do not."""
