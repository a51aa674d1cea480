"""`hookbeat init`: a new project, in a folder that has none."""

import json
from pathlib import Path
from textwrap import indent

import click

from beat_schedule.errors import HookbeatError
from beat_schedule.settings import Settings
from beat_schedule.store.migrate import migrate

from . import asking
from .examples import examples
from .record import engine_of
from .starter import FILES, SHARED

_NEXT = """\
next:
  hookbeat check
  hookbeat list
  hookbeat run tasks.hello.hello --inline
and with a Redis, as HOOKBEAT_REDIS_URL says, each as a process of its own:
  celery -A worker beat
  celery -A worker worker"""


class UnwritableError(HookbeatError):
    """The folder takes no new project."""


@examples("hookbeat init", "hookbeat -C shop init")
@click.command()
@asking.for_machines
@click.pass_obj
def init(settings: Settings, *, as_json: bool) -> None:
    """Start a new project in this folder: hooks, a task, the app, a test, a local record.

    Nothing is written over: exit 1 where one of the files is there already, but for pyproject.toml
    and .gitignore, which stay as they are. The database is made where it is the file in this
    folder; any other is left to `hookbeat migrate`.
    """
    made, kept = _write(Path.cwd())
    is_local = "database_url" not in settings.model_fields_set
    if is_local:
        with engine_of(settings) as engine:
            migrate(engine, settings)
    if as_json:
        click.echo(json.dumps({"made": made, "kept": kept, "migrated": is_local}, indent=2))
        return
    for name in made:
        click.echo(f"made: {name}")
    click.echo("made: the record, .hookbeat/hookbeat.db" if is_local else "then: hookbeat migrate")
    for name in kept:
        click.echo(f"kept: {name}; add to it:\n{indent(FILES[name], '  ').rstrip()}")
    click.echo(_NEXT)


def _write(folder: Path) -> tuple[list[str], list[str]]:
    """The files that were made, and those that were there and are shared with others."""
    there = [name for name in FILES if (folder / name).exists()]
    if occupied := [name for name in there if name not in SHARED]:
        raise UnwritableError(
            f"{', '.join(occupied)}: there already, so nothing was written; start in an empty "
            "folder (hookbeat -C DIR init)"
        )
    made = [name for name in FILES if name not in there]
    for name in made:
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(FILES[name])
        except OSError as error:
            raise UnwritableError(f"{name} cannot be written: {error.strerror or error}") from error
    return made, there
