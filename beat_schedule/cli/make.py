"""`hookbeat make task`: a Task class to begin with, and its test."""

import json
import keyword
import re
from pathlib import Path

import click

from beat_schedule.errors import HookbeatError
from beat_schedule.settings import Settings
from beat_schedule.translate.autoload import is_left_out, module_named

from . import asking
from .examples import Noun, examples

_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*")
#: Before a capital that begins a word.
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_TASK = '''\
"""{name}: say here what it is for."""

from beat_schedule import Task


class {name}(Task):
    """Its attributes say when: `run_every = "1 day"`, `run_at = "17:00"`; else it runs by hand."""

    def __init__(self) -> None:
        """Name here what it needs, and its run gives it: `mailer: Mailer`."""

    def handle(self) -> None:
        """What a run does."""
'''

_TEST = '''\
"""{name}, called as its run would call it."""

from {module} import {name}


def test_it_runs() -> None:
    {name}().handle()
'''


class UnmadeError(HookbeatError):
    """There is no place for what was to be made."""


@click.group(cls=Noun)
def make() -> None:
    """Make a file to begin with."""


@examples("hookbeat make task SayHi")
@make.command("task")
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where to. Default: the folder `tasks` of HOOKBEAT_AUTOLOAD, or its first one.",
)
@asking.for_machines
@click.pass_obj
def make_task(settings: Settings, name: str, folder: Path | None, *, as_json: bool) -> None:
    """Make a Task class, named as `SayHi`, in a module of its own, and a test of it.

    Nothing is written over: exit 1 where one of the files is there already.
    """
    module = _module_of(name)
    folder = folder or _usual(settings)
    if folder.is_absolute() or ".." in folder.parts:
        raise click.UsageError("--folder is a folder of the project: tasks, app/tasks")
    path = module_named(str(folder / module))
    words = {"name": name, "module": path}
    made = {
        folder / f"{module}.py": _TASK.format(**words),
        Path("tests") / f"test_{module}.py": _TEST.format(**words),
    }
    _write(made)
    is_found = any(f"{path}.".startswith(f"{module_named(each)}.") for each in settings.autoload)
    if as_json:
        told = {"made": [str(each) for each in made], "task": f"{path}.{name}"}
        click.echo(json.dumps({**told, "is_found": is_found}, indent=2))
        return
    for each in made:
        click.echo(f"made: {each}")
    if not is_found:
        click.echo(f'then, that it is found: autoload = ["{folder}"] in [tool.hookbeat]')
    click.echo(f"next: hookbeat run {path}.{name} --inline")


def _module_of(name: str) -> str:
    """`say_hi` of `SayHi`."""
    if not _CLASS.fullmatch(name):
        mended = "".join(word[:1].upper() + word[1:] for word in re.split(r"\W|_", name))
        hint = f"did you mean {mended!r}?" if _CLASS.fullmatch(mended) else "write it as SayHi"
        raise click.UsageError(f"{name!r} cannot be the name of a class; {hint}")
    module = _WORD.sub("_", name).lower()
    if keyword.iskeyword(module) or is_left_out(module):
        raise click.UsageError(f"no Task would be found in {module}.py; choose another name")
    return module


def _usual(settings: Settings) -> Path:
    """The first folder that is autoloaded, or one named `tasks` before others."""
    named = [Path(module_named(each).replace(".", "/")) for each in settings.autoload]
    there = sorted(filter(Path.is_dir, named), key=lambda each: each.name != "tasks")
    return there[0] if there else Path("tasks")


def _write(made: dict[Path, str]) -> None:
    if taken := [str(path) for path in made if path.exists()]:
        raise UnmadeError(f"{' and '.join(taken)}: there already, so nothing was written")
    for path, text in made.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise UnmadeError(f"{path} cannot be written: {error.strerror or error}") from error
