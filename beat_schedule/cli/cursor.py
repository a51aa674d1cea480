"""`hookbeat cursor`: up to when everything was looked at, what is owed, and setting it back."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import click
from rich.text import Text

from beat_schedule import actions
from beat_schedule.clock import STRANGE
from beat_schedule.decisions import Owed
from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.values import Owing
from beat_schedule.errors import HookbeatError
from beat_schedule.overview.leading import STALE_AFTER
from beat_schedule.settings import Settings
from beat_schedule.times import zone_of_people

from . import asking, tables, words
from .examples import examples
from .standing import Standing, tell_each_clock
from .words import iso, seconds


@examples("hookbeat cursor", "hookbeat cursor --reset 2026-03-10T06:00 --yes")
@click.command()
@click.option(
    "--reset",
    "to",
    metavar="TIME",
    help="Set it back to then: what is due since is decided again. Without an offset in "
    "HOOKBEAT_TIMEZONE.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether --reset is meant.")
@asking.why_perhaps
@asking.by
@asking.for_machines
@click.pass_obj
def cursor(
    settings: Settings, *, to: str | None, yes: bool, why: str, by: str, as_json: bool
) -> None:
    """Show up to when every entry was looked at, how far that is behind, and what is owed.

    Exit 1 if it is more than 10 seconds behind, if a clock is in doubt, or if Redis is away.
    """
    if to is not None:
        instant = asking.instant(to, zone_of_people(), "--reset")
        _confirm_reset(settings, instant, is_meant=yes)
        with actions.operator_of(settings) as operator:
            moved = actions.set_back(operator, instant, by=by, why=why)
        _tell_reset(instant, moved, as_json=as_json)
        return
    tell_each_clock(settings, _problems, _print, _as_json if as_json else None)


def _confirm_reset(settings: Settings, to: datetime, *, is_meant: bool) -> None:
    with actions.operator_of(settings) as operator:
        _expect_a_past(operator, to)
    if not is_meant:
        click.confirm(
            f"Everything due since {words.instant(to)} is decided again. A run that has its row "
            "is not started twice; entries that stock workers carry out are sent twice. Go on?",
            abort=True,
            err=True,
        )


def _tell_reset(to: datetime, moved: int, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"cursor": to.isoformat(), "entries": moved}))
    else:
        click.echo(f"the cursor stands at {words.instant(to)}; entries set back: {moved}")


def _expect_a_past(operator: Operator, to: datetime) -> None:
    sight = operator.look()
    if sight.cursor is None:
        raise HookbeatError("there is no cursor yet: the first pass of a beat makes it")
    if to > min(sight.now, sight.cursor):
        raise click.BadParameter(
            f"the cursor stands at {words.instant(sight.cursor)} and only goes back; to leave out "
            "what is due until now: hookbeat scheduler pause, then hookbeat scheduler resume",
            param_hint="--reset",
        )


def _problems(standing: Standing) -> Iterator[str]:
    sight, behind = standing.sight, standing.behind
    if sight is None:
        yield "where the cursor stands now is not known: only Redis knows"
        return
    if behind is None:
        yield "there is no cursor yet: the first pass of a beat makes it"
    elif behind > STALE_AFTER:
        yield "it stands still: `hookbeat beats` tells whether somebody leads"
    elif -behind > STRANGE:
        yield (
            "it is ahead of Redis's clock: that clock was set back, or was wrong before; nothing "
            "is decided until then (if the clock is right now: hookbeat cursor --reset TIME)"
        )
    if sight.leader and sight.leader.card.doubt:
        yield f"the clock is in doubt: {sight.leader.card.doubt}"


def _print(standing: Standing, problems: list[str]) -> None:
    standing.tell_what_is_away()
    sight = standing.sight
    if sight:
        behind = "" if standing.behind is None else f"{seconds(standing.behind):.1f} s"
        _print_fields(
            {
                "cursor": words.instant(sight.cursor),
                "behind Redis's clock": behind,
                "Redis's clock": words.instant(sight.now),
                "lines not on record yet": str(sight.journal),
                "entries that owe": str(len(sight.owing)),
            }
        )
    elif standing.checkpoint:
        _print_fields({"cursor on record": words.instant(standing.checkpoint.cursor)})
    _print_owing(standing)
    for problem in problems:
        click.echo(problem)


def _print_fields(fields: dict[str, str]) -> None:
    table = tables.table("", "")
    table.show_header = False
    for name, value in fields.items():
        table.add_row(Text(name, style="dim"), Text(value))
    tables.console().print(table)


def _print_owing(standing: Standing) -> None:
    owing = _owing(standing)
    if not owing:
        return
    table = tables.table("owes", "since", "why")
    for each in owing:
        table.add_row(
            Text(each["entry"], style="bold"),
            words.instant(datetime.fromisoformat(each["since"])),
            Text(each["why"]),
        )
    tables.console().print(table)


def _owing(standing: Standing) -> list[dict[str, Any]]:
    source = standing.sight or standing.checkpoint
    found: Mapping[str, Owing | Owed] = source.owing if source else {}
    return [
        {"entry": entry, "since": owed.due_at.isoformat(), "why": owed.why}
        for entry, owed in sorted(found.items())
    ]


def _as_json(standing: Standing, problems: list[str]) -> dict[str, Any]:
    sight = standing.sight
    known = sight or standing.checkpoint
    return standing.as_json() | {
        "cursor": iso(known.cursor) if known else None,
        "now": sight and sight.now.isoformat(),
        "behind": None if standing.behind is None else seconds(standing.behind),
        "doubt": sight.leader.card.doubt or None if sight and sight.leader else None,
        "owing": _owing(standing),
        "journal": sight and sight.journal,
        "problems": problems,
    }
