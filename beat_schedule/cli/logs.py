"""`hookbeat logs`: everything that is known of one run, and words in what many said."""

import json
from collections.abc import Callable, Sequence
from contextlib import closing

import click
from rich.console import RenderableType
from rich.text import Text
from sqlalchemy.orm import Session

from beat_schedule.actions.listening import Ear
from beat_schedule.clock import SystemClock
from beat_schedule.plain import plain_text
from beat_schedule.settings import Settings
from beat_schedule.store.said import Said, lines_with
from beat_schedule.times import zone_of_people

from . import asking, completing
from .examples import examples
from .following import Follower, Whole, console, in_words, line_as_json, whole_as_json, whole_run
from .record import reader_of
from .story import errors, fields, in_order, said


@examples(
    "hookbeat logs 3bb1a2c4",
    "hookbeat logs 3bb1a2c4 --follow",
    "hookbeat logs --grep timeout --since 2h",
)
@click.command()
@click.argument("run", required=False, shell_complete=completing.runs)
@click.option("--grep", metavar="TEXT", help="Only lines with these words, upper or lower case.")
@click.option(
    "--entry",
    metavar="NAME",
    help="Without RUN: lines of this entry or task.",
    shell_complete=completing.entries,
)
@asking.since
@click.option("-f", "--follow", is_flag=True, help="Go on until the run has ended.")
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
    written when it ends; --follow hears them as they come. Without RUN, --grep looks through the
    lines of the latest 1000 runs.
    """
    if run is None:
        if grep is None or follow:
            raise click.UsageError("name a run, or say with --grep what to look for")
        began = asking.since_of(since, zone_of_people(), SystemClock().now())
        with reader_of(settings) as session:
            found = lines_with(session, grep, entry=plain_text(entry), since=began, limit=limit)
        _tell_found(found, as_json=as_json)
        return
    if entry or since:
        raise click.UsageError("--entry and --since are for --grep without a run")
    with reader_of(settings) as session:
        if follow:
            tell = (lambda _: None) if as_json else console().print
            whole = _follow(settings, session, run, grep, tell)
        else:
            whole = whole_run(session, run, grep)
    if as_json:
        click.echo(json.dumps(whole_as_json(whole), indent=2))
    elif not follow:
        show(whole)


def _follow(
    settings: Settings,
    session: Session,
    run: str,
    grep: str | None,
    tell: Callable[[RenderableType], object],
) -> Whole:
    clock = SystemClock()
    with closing(Ear(settings, clock)) as ear:
        return Follower(session, run, tell, grep=grep, clock=clock, ear=ear).until_it_ends()


def show(whole: Whole) -> None:
    screen = console()
    screen.print(fields(whole.run))
    for each in in_order(whole.story if whole.has_story else [], whole.lines):
        screen.print(in_words(each))
    for error in errors(whole.run, whole.attempts):
        screen.print(error)


def _tell_found(found: Sequence[Said], *, as_json: bool) -> None:
    if as_json:
        lines = [
            {"run": str(each.run), "entry": each.entry} | line_as_json(each.line) for each in found
        ]
        click.echo(json.dumps(lines, indent=2))
        return
    for each in found:
        where = Text(f"{str(each.run)[:8]} {each.entry} ", style="dim")
        console().print(where + said(each.line, day=True))
    if not found:
        click.echo("no run has said that")
