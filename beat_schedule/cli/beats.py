"""`hookbeat beats`: who leads, and who stands by."""

from collections.abc import Iterator
from typing import Any

import click
from rich.text import Text

from beat_schedule.decisions import EVERYTHING
from beat_schedule.dispatch.operator import LIFE, SeenBeat, Sight
from beat_schedule.overview.leading import obstacles
from beat_schedule.settings import Settings

from . import asking, tables, words
from .examples import examples
from .held import tell_holds
from .standing import Standing, tell_each_clock
from .words import iso, seconds


@examples("hookbeat beats")
@click.command()
@asking.for_machines
@click.pass_obj
def beats(settings: Settings, *, as_json: bool) -> None:
    """Show who leads, since when, and who stands by; of each clock.

    Exit 1 if nobody leads, or if nothing was looked at for more than 10 seconds.
    """
    tell_each_clock(settings, _problems, _print, _as_json if as_json else None)


def _problems(standing: Standing) -> Iterator[str]:
    if standing.sight is None:
        yield "who leads is not known: only Redis knows"
        return
    for problem in obstacles(standing.sight):
        yield f"{problem.reason}: {problem.cure}"


def _print(standing: Standing, problems: list[str]) -> None:
    standing.tell_what_is_away()
    sight = standing.sight
    if sight and sight.beats:
        _print_beats(sight)
    if sight and sight.leader:
        click.echo(
            f"{sight.leader.id} leads since {words.instant(sight.since)}, in term {sight.term}"
        )
    everything = [hold for hold in standing.holds if hold.target == EVERYTHING]
    for hold in everything:
        click.echo(f"{words.target(hold.target)} {words.hold(hold)}")
    if sight is None:
        tell_holds([hold for hold in standing.holds if hold not in everything])
    for problem in problems:
        click.echo(problem)


def _print_beats(sight: Sight) -> None:
    table = tables.table("beat", "", "host", "version", "entries", "its clock", "last seen")
    leader = sight.leader
    for beat in ([leader] if leader else []) + list(sight.standbys):
        table.add_row(
            Text(beat.id, style="bold"),
            _role(beat, sight),
            Text(f"{beat.card.host} {beat.card.pid or ''}"),
            Text(beat.card.version),
            "in force" if beat.generation == sight.generation else Text("others", style="yellow"),
            f"{beat.card.offset:+.3f} s",
            f"{seconds(sight.now - beat.at):.1f} s ago",
        )
    tables.console().print(table)


def _role(beat: SeenBeat, sight: Sight) -> str:
    if beat.card.by:
        return f"a pass of {beat.card.by}"
    if beat == sight.leader:
        return "leads"
    return "stands by" if abs(sight.now - beat.at) <= LIFE else "silent"


def _as_json(standing: Standing, problems: list[str]) -> dict[str, Any]:
    sight = standing.sight
    told = standing.as_json() | {
        "problems": problems,
        "holds": [words.hold_as_json(hold) for hold in standing.holds],
    }
    if sight is None:
        return told
    leads = {"id": sight.owner, "since": iso(sight.since), "term": sight.term}
    return told | {
        "now": sight.now.isoformat(),
        "leader": leads if sight.leader else None,
        "cursor": iso(sight.cursor),
        "behind": None if standing.behind is None else seconds(standing.behind),
        "generation": sight.generation,
        "beats": [_beat_as_json(beat, sight) for beat in sight.beats],
    }


def _beat_as_json(beat: SeenBeat, sight: Sight) -> dict[str, Any]:
    return {
        "id": beat.id,
        "role": _role(beat, sight),
        "host": beat.card.host,
        "pid": beat.card.pid,
        "version": beat.card.version,
        "generation": beat.generation,
        "in_force": beat.generation == sight.generation,
        "offset": beat.card.offset,
        "doubt": beat.card.doubt or None,
        "seen_at": beat.at.isoformat(),
    }
