"""`hookbeat plan`: which runs a change of the hooks adds, removes and moves."""

import json
import sys
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from beat_schedule.actions.planning import Plan
from beat_schedule.actions.planning import plan as planned
from beat_schedule.actions.sides import side_of
from beat_schedule.clock import SystemClock
from beat_schedule.foresight.changed_days import ChangedDay
from beat_schedule.foresight.differences import Change, Difference
from beat_schedule.settings import Settings
from beat_schedule.times import zone_of_people

from . import asking, completing
from .entries import in_words
from .examples import examples
from .planned import as_markdown, as_tables, sections
from .words import iso

A_YEAR = timedelta(days=365)

#: What a plan may be told to fail on, and whether it has it.
FAILURES: Mapping[str, Any] = {
    "added": lambda plan: any(each.added for each in plan.changes),
    "removed": lambda plan: any(each.removed for each in plan.changes),
    "moved": lambda plan: any(each.moved for each in plan.changes),
    "any": lambda plan: bool(plan.changes),
    "collision": lambda plan: bool(plan.collisions),
    "clock-change": lambda plan: any(
        len(each.was) != len(each.becomes) for each in plan.changed_days
    ),
}


@examples(
    "hookbeat plan hooks.py hooks.py",
    "hookbeat plan HEAD . --fail-on removed --days 30",
    "hookbeat plan HEAD --markdown",
)
@click.command()
@click.argument("old", shell_complete=completing.files)
@click.argument("new", default=".", shell_complete=completing.files)
@click.option(
    "--fail-on",
    "failures",
    type=click.Choice(list(FAILURES)),
    multiple=True,
    help="Exit 1 if the plan has such; may be given again.",
)
@click.option(
    "--days",
    type=click.IntRange(min=1, max=3660),
    default=A_YEAR.days,
    show_default=True,
    help="How far to look ahead.",
)
@click.option("--from", "since", metavar="TIME", help="From then on, not from now.")
@click.option("--markdown", is_flag=True, help="For a pull request.")
@asking.for_machines
@click.pass_obj
def plan(
    settings: Settings,
    old: str,
    new: str,
    *,
    failures: Collection[str],
    days: int,
    since: str | None,
    markdown: bool,
    as_json: bool,
) -> None:
    """Tell which runs a change of the hooks adds, removes and moves over the next 12 months.

    OLD and NEW are each a file, a module, a project's folder, or a revision in git of this folder;
    NEW is this folder, as it is now, if not given. The code of folders and revisions is imported.

    Exit 1 for what --fail-on names, and if NEW has problems that OLD has not.
    """
    start = asking.instant(since, zone_of_people(), "--from") if since else SystemClock().now()
    start = start.replace(microsecond=0)
    before, after = (side_of(said, settings) for said in (old, new))
    found = planned(before, after, start, start + timedelta(days=days), zone_of_people())
    if as_json:
        click.echo(json.dumps(_as_json(found), indent=2))
    elif markdown:
        click.echo(as_markdown(list(sections(found, zone_of_people()))))
    else:
        as_tables(list(sections(found, zone_of_people())))
    is_broken = bool(set(found.new.problems) - set(found.old.problems))
    sys.exit(1 if is_broken or any(FAILURES[each](found) for each in failures) else 0)


def _as_json(plan: Plan) -> dict[str, Any]:
    return {
        "since": plan.since.isoformat(),
        "until": plan.until.isoformat(),
        "changes": [_change(each) for each in plan.changes],
        "clock_changes": [_day(each) for each in plan.changed_days],
        "collisions": [asdict(each) | {"first": iso(each.first)} for each in plan.collisions],
        "load": {"before": list(plan.load_before), "after": list(plan.load_after)},
        "problems": {
            "before": [asdict(problem) for problem in plan.old.problems],
            "after": [asdict(problem) for problem in plan.new.problems],
        },
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "key": change.key,
        "before": in_words(change.old) if change.old else None,
        "after": in_words(change.new) if change.new else None,
        "added": change.added,
        "removed": change.removed,
        "moved": change.moved,
        "kept": change.kept,
        "first": _difference(change.first),
        "last": _difference(change.last),
        "otherwise": list(change.otherwise),
        "until": change.until.isoformat(),
    }


def _day(day: ChangedDay) -> dict[str, Any]:
    return {
        "key": day.key,
        "zone": day.zone,
        "day": day.day.isoformat(),
        "forward": day.forward.total_seconds(),
        "before": _instants(day.was),
        "after": _instants(day.becomes),
    }


def _difference(difference: Difference | None) -> dict[str, str | None] | None:
    if difference is None:
        return None
    return {"was": iso(difference.was), "becomes": iso(difference.becomes)}


def _instants(times: Collection[datetime]) -> list[str]:
    return [each.isoformat() for each in times]
