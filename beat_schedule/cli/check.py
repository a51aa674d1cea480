"""`hookbeat check`: what is wrong in the hooks, all of it, before anything runs."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

import click
from rich.console import Console
from rich.text import Text

from beat_schedule import actions
from beat_schedule.clock import SystemClock
from beat_schedule.errors import Problem
from beat_schedule.schedules.base import LATEST
from beat_schedule.settings import Settings
from beat_schedule.translate import Translation, load

from . import asking, completing
from .examples import examples
from .required import checked, without_feature


@examples("hookbeat check", "hookbeat check --hooks hooks.py --no-import")
@click.command()
@click.option(
    "--hooks",
    "modules",
    multiple=True,
    metavar="MODULE_OR_FILE",
    shell_complete=completing.files,
    help="Check this instead of what the settings name: a module or a .py file; may be repeated.",
)
@click.option(
    "--no-import",
    "imports",
    flag_value=False,
    default=True,
    help="Read the hooks as text: execute nothing, and look no handler up.",
)
@click.option("--require-feature", "require", is_flag=True, help="Every entry must have a feature.")
@asking.for_machines
@click.pass_obj
def check(
    settings: Settings, modules: Sequence[str], *, imports: bool, require: bool, as_json: bool
) -> None:
    """Check the hooks: every event, option, expression and handler.

    Exit 0 when all is well (warnings do not count), 1 with every problem.
    """
    translation = _dated(load(settings, imports=imports, modules=modules or None))
    translation = checked(translation, settings, imports=imports, require=require)
    if imports and not modules:
        translation = _with_operators(translation, settings)
    notes = _seams(translation)
    if as_json:
        told = {**_as_json(translation), "notes": [asdict(note) for note in notes]}
        if require:
            bare = without_feature(translation, imports=imports)
            told["without_feature"] = [entry.key for entry in bare]
        click.echo(json.dumps(told, indent=2))
    else:
        _print(translation, notes)
    sys.exit(1 if translation.problems else 0)


def _dated(translation: Translation) -> Translation:
    """With a warning for each entry whose time is over: nobody else knows what day it is."""
    now = SystemClock().now()
    over = (
        Problem(entry.place, f"it will never run again: {entry.schedule.words()}", "drop it")
        for entry in translation.entries
        if entry.schedule.first(now, LATEST) is None
    )
    return replace(translation, warnings=(*translation.warnings, *over))


def _with_operators(translation: Translation, settings: Settings) -> Translation:
    """With a warning for each thing that operators said and that no longer fits."""
    code = actions.code_at(settings, translation)
    unfit = actions.unfit(settings, translation.entries, code)
    return replace(translation, warnings=(*translation.warnings, *unfit))


def _seams(translation: Translation) -> list[Problem]:
    """Where days that are counted by the year are not as far apart as they say: it is so meant."""
    today = SystemClock().now().date()
    return [
        Problem(entry.place, said)
        for entry in translation.entries
        for said in entry.schedule.seams(today)
    ]


def _as_json(translation: Translation) -> dict[str, object]:
    return {
        "entries": len(translation.entries),
        "problems": [asdict(problem) for problem in translation.problems],
        "warnings": [asdict(warning) for warning in translation.warnings],
    }


def _print(translation: Translation, notes: Iterable[Problem]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for note in notes:
        console.print(Text("note   ", style="cyan"), told(note))
    for warning in translation.warnings:
        console.print(Text("warning", style="yellow"), told(warning))
    for problem in translation.problems:
        console.print(Text("problem", style="red"), told(problem))
    summary = f"{counted(len(translation.entries), 'entry', 'entries')}, "
    if translation.warnings:
        summary += f"{counted(len(translation.warnings), 'warning', 'warnings')}, "
    click.echo(summary + counted(len(translation.problems), "problem", "problems"))


def told(problem: Problem) -> Text:
    """Its place, its reason, and its cure on a line of its own."""
    text = Text.assemble((problem.place, "bold"), f": {problem.reason}")
    return text.append(f"\n        → {problem.cure}") if problem.cure else text


def counted(number: int, one: str, many: str) -> str:
    return f"{number or 'no'} {one if number == 1 else many}"
