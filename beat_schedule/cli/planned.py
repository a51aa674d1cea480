"""What `hookbeat plan` found, as sections: tables for the terminal, Markdown for a pull request."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click
from rich.text import Text

from beat_schedule.actions.planning import Plan
from beat_schedule.foresight.changed_days import ChangedDay
from beat_schedule.foresight.collisions import Collision
from beat_schedule.foresight.differences import Change, Difference
from beat_schedule.foresight.load import HOURS
from beat_schedule.times import spoken

from . import tables
from .entries import in_words

#: More runs of one day, or other entries, than these are only counted.
NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, and a table or lines under it."""

    title: str
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    lines: Sequence[str] = field(default=())


def sections(plan: Plan, zone: ZoneInfo) -> Iterator[Section]:
    """Everything that was found, what matters most first.

    Times are by the clock of `zone`, which the first title names, but for those that say another.
    """
    yield Section(title=headline(plan, zone), lines=_cut(plan, zone))
    if plan.changes:
        yield Section(
            title="Entries",
            headings=("entry", "schedule", "added", "removed", "moved", "first", "last"),
            rows=[_change(change, zone) for change in plan.changes],
        )
    otherwise = [f"{each.key}: {said}" for each in plan.changes for said in each.otherwise]
    if otherwise:
        yield Section(title="Otherwise", lines=otherwise)
    if plan.changed_days:
        yield Section(
            title="Days of clock changes",
            headings=("entry", "day", "clock", "before", "after"),
            rows=[_day(day) for day in plan.changed_days],
        )
    if plan.collisions:
        yield Section(
            title="New in the same minute",
            headings=("entry", "with", "times", "first"),
            rows=[_collision(each, zone) for each in plan.collisions],
        )
    if load := list(_load(plan)):
        yield Section(
            title="Runs a day, by the hour",
            headings=("hour", "before", "after"),
            rows=load,
        )
    for side in (plan.old, plan.new):
        if side.problems:
            broken = [f"{each.place}: {each.reason}" for each in side.problems]
            yield Section(title=f"Broken in {side.name}, and left out", lines=broken)


def headline(plan: Plan, zone: ZoneInfo) -> str:
    until = f"until {plan.until.astimezone(zone):%Y-%m-%d} ({zone.key})"
    if not plan.changes:
        return f"No entry changes, {until}"
    added, removed, moved = (
        sum(getattr(each, kind) for each in plan.changes) for kind in ("added", "removed", "moved")
    )
    entries = (
        f"{len(plan.changes)} {'entry changes' if len(plan.changes) == 1 else 'entries change'}"
    )
    return f"{entries}: {added:,} runs added, {removed:,} removed, {moved:,} moved, {until}"


def as_tables(found: Sequence[Section]) -> None:
    console = tables.console()
    for section in found:
        console.print(Text(section.title, style="bold"), soft_wrap=True)
        for line in section.lines:
            console.print(Text(f"  {line}"), soft_wrap=True)
        if section.rows:
            table = tables.table(*section.headings)
            for row in section.rows:
                table.add_row(*(Text(cell) for cell in row))
            console.print(table)
        click.echo()


def as_markdown(found: Sequence[Section]) -> str:
    """For a pull request: the first title in bold, the others as headings."""
    first, *others = found
    parts = [f"**{first.title}**", *(f"- {line}" for line in first.lines)]
    for section in others:
        parts.append(f"\n#### {section.title}\n")
        parts += [f"- {_escaped(line)}" for line in section.lines]
        if section.rows:
            parts.append(_row(section.headings))
            parts.append(_row(["---"] * len(section.headings)))
            parts += [_row([_escaped(cell) for cell in row]) for row in section.rows]
    return "\n".join(parts)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Nothing that Markdown or a table would take for its own, as the `*` of an expression."""
    for sign in ("\\", "|", "*", "_", "<", "`"):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "<br>")


def _cut(plan: Plan, zone: ZoneInfo) -> list[str]:
    return [
        f"{each.key} is due so often that it is compared until {at(each.until, zone)} only"
        for each in plan.changes
        if each.until < plan.until
    ]


def _change(change: Change, zone: ZoneInfo) -> tuple[str, ...]:
    said = [in_words(entry) if entry else "" for entry in (change.old, change.new)]
    if not said[0]:
        schedule = f"new: {said[1]}"
    elif not said[1]:
        schedule = f"gone: {said[0]}"
    else:
        schedule = said[0] if said[0] == said[1] else f"{said[0]} → {said[1]}"
    numbers = (f"{each:,}" if each else "" for each in (change.added, change.removed, change.moved))
    return (
        change.key,
        schedule,
        *numbers,
        _difference(change.first, zone),
        _difference(change.last, zone),
    )


def _difference(difference: Difference | None, zone: ZoneInfo) -> str:
    if difference is None:
        return ""
    was, becomes = difference.was, difference.becomes
    if was and becomes:
        return f"{at(was, zone)} → {at(becomes, zone)}"
    return f"+ {at(becomes, zone)}" if becomes else f"- {at(was, zone)}"


def _day(day: ChangedDay) -> tuple[str, ...]:
    zone = ZoneInfo(day.zone)
    way = "forward" if day.forward > timedelta(0) else "back"
    said = (_times(times, zone) for times in (day.was, day.becomes))
    return day.key, str(day.day), f"{way} {spoken(abs(day.forward))} ({day.zone})", *said


def _times(times: Sequence[datetime], zone: ZoneInfo) -> str:
    if len(times) > NAMED:
        return f"{len(times)} runs"
    return ", ".join(f"{each.astimezone(zone):%H:%M %Z}" for each in times) or "none"


def _collision(collision: Collision, zone: ZoneInfo) -> tuple[str, ...]:
    others = ", ".join(collision.others[:NAMED])
    more = len(collision.others) - NAMED
    said = f"{others} and {more} more" if more > 0 else others
    return collision.key, said, f"{collision.times:,}", at(collision.first, zone)


def _load(plan: Plan) -> Iterator[tuple[str, ...]]:
    days = max((plan.until - plan.since).days, 1)
    for hour in range(HOURS):
        before, after = plan.load_before[hour] / days, plan.load_after[hour] / days
        if plan.load_before[hour] != plan.load_after[hour]:
            yield f"{hour:02}", f"{before:.1f}", f"{after:.1f}"


def at(instant: datetime | None, zone: ZoneInfo) -> str:
    if instant is None:
        return ""
    local = instant.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M}{f':{local:%S}' if local.second else ''}"
