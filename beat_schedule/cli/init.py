"""`hookbeat init`: a new project, in a folder that has none."""

import json
from pathlib import Path

import click

from beat_schedule.errors import HookbeatError
from beat_schedule.settings import Settings
from beat_schedule.store.migrate import migrate

from . import asking
from .record import engine_of
from .starter import FILES

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


@click.command()
@asking.for_machines
@click.pass_obj
def init(settings: Settings, *, as_json: bool) -> None:
    """Start a new project in this folder: hooks, a task, the app, a test, a local record.

    Nothing is written over: exit 1 where one of the files is there already. The database is made
    where it is the file in this folder; any other is left to `hookbeat migrate`.
    """
    made = _write(Path.cwd())
    is_local = "database_url" not in settings.model_fields_set
    if is_local:
        with engine_of(settings) as engine:
            migrate(engine, settings)
    if as_json:
        click.echo(json.dumps({"made": made, "migrated": is_local}, indent=2))
        return
    for name in made:
        click.echo(f"made: {name}")
    click.echo("made: the record, .hookbeat/hookbeat.db" if is_local else "then: hookbeat migrate")
    click.echo(_NEXT)


def _write(folder: Path) -> list[str]:
    occupied = [name for name in FILES if (folder / name).exists()]
    if occupied:
        raise UnwritableError(
            f"{', '.join(occupied)}: there already, so nothing was written; start in an empty "
            "folder (hookbeat -C DIR init)"
        )
    for name, text in FILES.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise UnwritableError(f"{name} cannot be written: {error.strerror or error}") from error
    return list(FILES)
