"""`hookbeat logs`: everything that is known of one run, and words in what many said."""

import json
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from beat_schedule.clock import SystemClock
from beat_schedule.settings import Settings
from beat_schedule.store.plain import plain_text
from beat_schedule.store.runs import Line
from beat_schedule.store.said import Said, lines_with

from . import asking, words
from .following import Follower, Whole, whole_run
from .record import reader_of
from .story import Moment, attempt_as_json, errors, event_as_json, fields, in_order, said, told


@click.command()
@click.argument("run", required=False)
@click.option("--grep", metavar="TEXT", help="Only lines with these words, upper or lower case.")
@click.option("--entry", metavar="NAME", help="Without RUN: lines of this entry or task.")
@asking.since
@click.option("--follow", is_flag=True, help="Go on until the run has ended.")
@asking.limit
@asking.for_machines
@click.pass_obj
def logs(
    settings: Settings,
    run: str | None,
    *,
    grep: str | None,
    entry: str | None,
    since: str | None,
    follow: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Show everything about one run: its attempts, how it ended, and what it said.

    RUN is a run's id, or as much of its beginning as no other has. The lines of an attempt are
    written when it ends. Without RUN, --grep looks through the lines of the latest 1000 runs.
    """
    if run is None:
        if grep is None or follow:
            raise click.UsageError("name a run, or say with --grep what to look for")
        began = asking.since_of(since, settings.zone, SystemClock().now())
        with reader_of(settings) as session:
            found = lines_with(session, grep, entry=plain_text(entry), since=began, limit=limit)
        _tell_found(found, as_json=as_json)
        return
    if entry or since:
        raise click.UsageError("--entry and --since are for --grep without a run")
    with reader_of(settings) as session:
        if follow:
            tell = (lambda _: None) if as_json else _console().print
            whole = Follower(session, run, grep, tell, SystemClock()).until_it_ends()
        else:
            whole = whole_run(session, run, grep)
    if as_json:
        click.echo(json.dumps(_as_json(whole), indent=2))
    elif not follow:
        show(whole)


def show(whole: Whole) -> None:
    console = _console()
    console.print(fields(whole.run))
    for each in in_order(whole.story if whole.has_story else [], whole.lines):
        console.print(told(each) if isinstance(each, Moment) else said(each))
    for error in errors(whole.run, whole.attempts):
        console.print(error)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _tell_found(found: Sequence[Said], *, as_json: bool) -> None:
    if as_json:
        lines = [
            {"run": str(each.run), "entry": each.entry} | _line_as_json(each.line) for each in found
        ]
        click.echo(json.dumps(lines, indent=2))
        return
    for each in found:
        where = Text(f"{str(each.run)[:8]} {each.entry} ", style="dim")
        _console().print(where + said(each.line, day=True))
    if not found:
        click.echo("no run has said that")


def _as_json(whole: Whole) -> dict[str, Any]:
    return words.as_json(whole.run) | {
        "attempts": [attempt_as_json(each) for each in whole.attempts],
        "events": [event_as_json(each) for each in whole.events],
        "lines": [_line_as_json(each) for each in whole.lines],
    }


def _line_as_json(line: Line) -> dict[str, str]:
    return {"at": line.at.isoformat(), "level": line.level, "text": line.text}
