"""`hookbeat load`: when how much runs in a week, and what would take the crowd out of it."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.text import Text

from beat_schedule.actions import overlaid
from beat_schedule.actions.patching import Patch, patch
from beat_schedule.clock import SystemClock
from beat_schedule.foresight.calendar import Calendar
from beat_schedule.foresight.flatten import Flattened, flattened
from beat_schedule.foresight.load import HOURS, Minute, hottest, per_hour_of_week, per_minute
from beat_schedule.settings import Settings
from beat_schedule.times import short, spoken, zone_of_people
from beat_schedule.translate import load as load_entries

from . import asking, tables
from .examples import examples
from .planned import at

WEEK = timedelta(days=7)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

#: From nothing to the most, each darker than the one before.
SHADES = " ·░▒▓█"

#: Minutes that are listed, and the entries that are named of one.
LISTED = 10
NAMED = 4


@examples(
    "hookbeat load",
    "hookbeat load --within 30 --peak 2",
    "hookbeat load --patch",
)
@click.command()
@click.option("--from", "since", metavar="TIME", help="The week from then on, not from now.")
@click.option(
    "--peak",
    type=click.IntRange(min=1),
    help="Flatten to so many entries in a minute, not to half of what the busiest has.",
)
@click.option(
    "--within",
    type=click.IntRange(min=1, max=24 * 60),
    default=15,
    show_default=True,
    metavar="MINUTES",
    help="Delay no entry by more.",
)
@click.option("--patch", "as_patch", is_flag=True, help="Only the patch, for `git apply`.")
@asking.for_machines
@click.pass_obj
def load(
    settings: Settings,
    *,
    since: str | None,
    peak: int | None,
    within: int,
    as_patch: bool,
    as_json: bool,
) -> None:
    """Show how much runs when: the week as a heat map, its busiest minutes, and how to flatten it.

    What flattens it are spreads: they delay the sending of an entry and move no due time. They come
    as a patch of the hooks. Hours are those of HOOKBEAT_TIMEZONE.
    """
    start = asking.instant(since, zone_of_people(), "--from") if since else SystemClock().now()
    start = start.replace(second=0, microsecond=0)
    entries = overlaid(settings, load_entries(settings).entries).entries
    week = Calendar(start, start + WEEK)
    flat = flattened(entries, week, within=timedelta(minutes=within), peak=peak)
    change = patch({each.entry.place: short(each.spread) for each in flat.suggestions}, "spread")
    if as_patch:
        click.echo(change.text, nl=False)
        for place in change.unreached:
            click.echo(f"not in the patch: {place}", err=True)
        sys.exit(1 if change.unreached else 0)
    hours = per_hour_of_week(entries, week, zone_of_people())
    minutes = per_minute(entries, week)
    busiest = _grouped(hottest(minutes, len(minutes)))[:LISTED]
    if as_json:
        click.echo(json.dumps(_as_json(hours, busiest, flat, change), indent=2))
    else:
        _print(hours, busiest, flat, change, zone_of_people())


Crowd = tuple[Sequence[str], Sequence[datetime]]


def _grouped(minutes: Sequence[Minute]) -> list[Crowd]:
    """The minutes in which the same entries meet as one, those with most entries first."""
    groups: dict[tuple[str, ...], list[datetime]] = {}
    for each in minutes:
        if len(each.keys) > 1:
            groups.setdefault(each.keys, []).append(each.at)
    return sorted(groups.items(), key=lambda each: (-len(each[0]), -len(each[1]), each[1][0]))


def _print(
    hours: Sequence[int],
    busiest: Sequence[Crowd],
    flat: Flattened,
    change: Patch,
    zone: ZoneInfo,
) -> None:
    console = tables.console()
    console.print(_heat_map(hours, zone))
    if busiest:
        console.print(Text("\nbusiest minutes", style="bold"))
        table = tables.table("first", "times", "entries", "which")
        for keys, times in busiest:
            table.add_row(at(min(times), zone), str(len(times)), str(len(keys)), Text(_named(keys)))
        console.print(table)
    for line in _advice(flat, change):
        click.echo(line)


def _heat_map(hours: Sequence[int], zone: ZoneInfo) -> Text:
    most = max(hours, default=0)
    map_ = Text.assemble((f"runs an hour in the week, at most {most} ({zone.key})\n", "bold"))
    map_.append(f"    {''.join(f'{hour:02} ' for hour in range(HOURS))}\n", style="dim")
    for day, name in enumerate(DAYS):
        map_.append(f"{name} ", style="dim")
        for count in hours[day * HOURS : (day + 1) * HOURS]:
            shade = -(-count * (len(SHADES) - 1) // most) if most else 0
            map_.append(SHADES[shade] * 2 + " ", style="red" if shade == len(SHADES) - 1 else "")
        map_.append(f" {sum(hours[day * HOURS : (day + 1) * HOURS]):,}\n")
    scale = "  ".join(
        f"{shade * 2} up to {-(-most * step // (len(SHADES) - 1))}"
        for step, shade in enumerate(SHADES)
        if step
    )
    return map_.append(scale, style="dim")


def _advice(flat: Flattened, change: Patch) -> list[str]:
    if not flat.suggestions:
        crowd = f"at most {flat.before} entries" if flat.before > 1 else "no two entries"
        return ["", f"nothing to flatten: {crowd} meet in a minute"]
    lines = [
        "",
        f"at most {flat.after} entries in a minute, not {flat.before}, with these spreads:",
    ]
    lines += [
        f"  {each.entry.key}: spread {short(each.spread)}, so {spoken(each.later)} later"
        for each in flat.suggestions
    ]
    lines += ["", "as a patch (hookbeat load --patch | git apply):", "", change.text.rstrip()]
    return [*lines, *(f"not in the patch: {place}" for place in change.unreached)]


def _named(keys: Sequence[str]) -> str:
    more = len(keys) - NAMED
    return f"{', '.join(keys[:NAMED])}{f' and {more} more' if more > 0 else ''}"


def _as_json(
    hours: Sequence[int], busiest: Sequence[Crowd], flat: Flattened, change: Patch
) -> Mapping[str, Any]:
    return {
        "hours": {
            day: list(hours[number * HOURS : (number + 1) * HOURS])
            for number, day in enumerate(DAYS)
        },
        "busiest": [
            {"entries": list(keys), "at": [each.isoformat() for each in times]}
            for keys, times in busiest
        ],
        "peak": {"before": flat.before, "after": flat.after},
        "spreads": {each.entry.key: short(each.spread) for each in flat.suggestions},
        "patch": change.text,
        "unreached": change.unreached,
    }
