"""`hookbeat`: parse, call one function, print. Exit 0 done, 1 found a problem, 2 misuse."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from beat_schedule.errors import HookbeatError
from beat_schedule.settings import Settings

from .check import check
from .entries import list_entries


class House(click.Group):
    """Our commands, and those of the modules that the setting `commands` names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self._added(ctx)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or self._added(ctx).get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HookbeatError as error:
            raise click.ClickException(str(error)) from error

    def _added(self, ctx: click.Context) -> dict[str, click.Command]:
        modules = [import_module(name) for name in _settings(ctx).commands]
        return {command.name: command for module in modules for command in module.commands}


def _settings(ctx: click.Context) -> Settings:
    """Read once, from the folder that `-C` names."""
    if ctx.obj is None:
        # `--help` asks before `-C` has its default.
        _enter(ctx, None, Path())
        try:
            ctx.obj = Settings.read()
        except HookbeatError as error:
            raise click.ClickException(str(error)) from error
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
@click.pass_context
def main(ctx: click.Context) -> None:
    """Periodic tasks for Celery that run once, and say why when they do not."""
    _settings(ctx)


main.add_command(check)
main.add_command(list_entries)
