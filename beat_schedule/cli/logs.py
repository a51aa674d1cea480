"""`hookbeat logs RUN`: everything that is known of one run."""

import json
from collections.abc import Iterable

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from beat_schedule.settings import Settings
from beat_schedule.store.record import RunRecord, lines_of, run_named
from beat_schedule.store.runs import Line

from . import asking, words
from .record import reader_of


@click.command()
@click.argument("run")
@asking.for_machines
@click.pass_obj
def logs(settings: Settings, run: str, *, as_json: bool) -> None:
    """Show everything about one run: when, how it ended, and what it said.

    RUN is a run's id, or as much of its beginning as no other has.
    """
    with reader_of(settings) as session:
        found = run_named(session, run)
        lines = lines_of(session, found.id)
    if as_json:
        click.echo(json.dumps(words.as_json(found) | {"lines": _as_json(lines)}, indent=2))
    else:
        show(found, lines)


def show(run: RunRecord, lines: Iterable[Line]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(_fields(run))
    for line in lines:
        style = "red" if line.level in {"error", "critical", "stderr"} else ""
        said = Text.assemble(
            (f"{line.at:%H:%M:%S} ", "dim"), (f"{line.level:<8} ", "dim"), (line.text, style)
        )
        console.print(said)
    if run.traceback:
        console.print(Text(run.traceback.rstrip(), style="red"))
    elif run.error:
        console.print(Text(run.error, style="red"))


def _fields(run: RunRecord) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    shown: dict[str, str | Text] = {
        "run": str(run.id),
        "entry": run.entry,
        "task": run.task,
        "due": words.instant(run.due_at),
        "trigger": str(run.trigger),
        "queue": run.queue,
        "queued": words.instant(run.queued_at),
        "started": words.instant(run.started_at),
        "finished": words.instant(run.finished_at),
        "took": words.duration(run.took),
        "worker": run.worker,
        "attempt": str(run.attempt),
        "arguments": _arguments(run),
        "outcome": words.ending(run),
        "reason": run.reason or "",
        "counts": words.counts(run.counts),
    }
    for name, value in shown.items():
        if value:
            table.add_row(name, value if isinstance(value, Text) else Text(value))
    return table


def _arguments(run: RunRecord) -> str:
    named = [f"{name}={value!r}" for name, value in run.kwargs.items()]
    return ", ".join([*map(repr, run.args), *named])


def _as_json(lines: Iterable[Line]) -> list[dict[str, str]]:
    return [{"at": line.at.isoformat(), "level": line.level, "text": line.text} for line in lines]
