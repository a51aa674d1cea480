"""`hookbeat doctor`: what an installation lacks, and what to do about it."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

import click
from rich.console import Console
from rich.text import Text

from beat_schedule.clock import Clock, SystemClock
from beat_schedule.errors import Problem
from beat_schedule.overview import Examined, examine
from beat_schedule.settings import Settings

from . import asking, words
from .check import told
from .examples import examples

#: Seconds between two looks.
EVERY = 10.0


@examples("hookbeat doctor", "hookbeat doctor --watch")
@click.command()
@click.option("--watch", is_flag=True, help="Look again every 10 seconds, and tell what changes.")
@asking.for_machines
@click.pass_obj
def doctor(settings: Settings, *, watch: bool, as_json: bool) -> None:
    """Look at Redis, database, beats, workers, runs, hooks and mail; each finding with its cure.

    Exit 1 if there is any. With --watch it goes on until it is interrupted.
    """
    clock = SystemClock()
    if watch:
        follow(lambda: examine(settings, clock), clock, as_json=as_json)
        return
    found = examine(settings, clock)
    if as_json:
        click.echo(json.dumps(_as_json(found), indent=2))
    else:
        _print(found)
    sys.exit(1 if found.problems else 0)


def follow(look: Callable[[], Examined], clock: Clock, *, as_json: bool) -> None:
    """Tell what is found and what is over, until somebody interrupts it."""
    known: list[Problem] | None = None
    try:
        while True:
            found = list(look().problems)
            before = known or []
            _tell(clock.now(), "found", _not_in(before, found), as_json=as_json)
            _tell(clock.now(), "over", _not_in(found, before), as_json=as_json)
            if known is None and not found and not as_json:
                click.echo(f"{words.instant(clock.now())} all is well")
            known = found
            clock.sleep(EVERY)
    except KeyboardInterrupt:
        return


def _not_in(others: Sequence[Problem], problems: Sequence[Problem]) -> list[Problem]:
    """Those of which the others do not speak; numbers in their words may have changed."""
    known = {(other.place, _without_numbers(other.reason)) for other in others}
    return [
        problem
        for problem in problems
        if (problem.place, _without_numbers(problem.reason)) not in known
    ]


def _without_numbers(reason: str) -> str:
    return "".join(letter for letter in reason if not letter.isdigit())


def _tell(at: datetime, what: str, problems: Sequence[Problem], *, as_json: bool) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for problem in problems:
        if as_json:
            click.echo(json.dumps({"at": at.isoformat(), "what": what} | asdict(problem)))
        else:
            style = "red" if what == "found" else "green"
            console.print(f"{words.instant(at)}", Text(what, style=style), told(problem))


def _print(found: Examined) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for line in found.looked_at:
        console.print(Text(line, style="dim"))
    for problem in found.problems:
        console.print(Text("problem", style="red"), told(problem))
    if not found.problems:
        click.echo("all is well")


def _as_json(found: Examined) -> dict[str, object]:
    return {
        "looked_at": list(found.looked_at),
        "problems": [asdict(problem) for problem in found.problems],
    }
