"""`hookbeat status`: one screen for whoever is woken at night."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from beat_schedule.clock import SystemClock
from beat_schedule.dispatch.operator import Sight
from beat_schedule.errors import Problem
from beat_schedule.keys import MAIN
from beat_schedule.overview import InRedis, OnRecord, Queue, Status, status_of
from beat_schedule.settings import Settings

from . import asking, tables, words
from .examples import examples
from .held import tell_holds
from .words import iso, seconds

#: Problems on one screen; `--json` has them all.
MOST = 12


@examples("hookbeat status", "hookbeat status --json")
@click.command()
@asking.for_machines
@click.pass_obj
def status(settings: Settings, *, as_json: bool) -> None:
    """Show on one screen whether all is well: who leads, what waits, what failed or was missed.

    Exit 1 if anything is not. While only Redis or only the database answers, it says what it
    cannot know.
    """
    found = status_of(settings, SystemClock())
    problems = found.problems()
    if as_json:
        click.echo(json.dumps(_as_json(found, problems), indent=2))
    else:
        _print(found, problems)
    sys.exit(1 if problems else 0)


def _print(found: Status, problems: Sequence[Problem]) -> None:
    for away in found.away:
        click.echo(away, err=True)
    if found.redis:
        if found.driven and found.record and found.record.passed:
            passed = found.record.passed
            click.echo(
                f"no beat: `hookbeat run-due` makes the passes; one by {passed.who} decided "
                f"something at {words.instant(passed.at)}"
            )
        _print_beats(found.redis)
        _print_queues(found.redis.queues)
    else:
        click.echo("who leads, what waits and which workers live is not known: only Redis knows")
    tell_holds(found.holds)
    if found.record:
        for feature in found.record.features_off:
            why = f": {feature.why}" if feature.why else ""
            click.echo(f"feature {feature.name} is off by {feature.changed_by}{why}")
    else:
        click.echo(
            "what failed, what was missed and which features are off is not known: "
            "only the database knows"
        )
    tell_problems(problems, MOST, "`hookbeat status --json` has all")


def _print_beats(redis: InRedis) -> None:
    for sight in redis.clocks:
        clock = "" if sight.clock == MAIN else f"clock {sight.clock}: "
        if sight.leader:
            standbys = len(sight.standing_by)
            click.echo(
                f"{clock}{sight.leader.id} leads since {words.instant(sight.since)}, in term "
                f"{sight.term}; {standbys or 'none'} {'stand' if standbys > 1 else 'stands'} by"
            )
        if sight.debt is not None:
            click.echo(
                f"{clock}everything due is decided up to {words.duration(sight.debt)} ago; last "
                f"pass {words.instant(sight.cursor)}"
            )


def _print_queues(queues: Sequence[Queue]) -> None:
    table = tables.table("queue", "waiting", "oldest", "workers")
    for queue in queues:
        table.add_row(
            Text(queue.name, style="bold"),
            str(queue.depth),
            words.duration(queue.age),
            Text(", ".join(queue.workers)) if queue.workers else Text("none", style="yellow"),
        )
    tables.console().print(table)


def tell_problems(problems: Sequence[Problem], most: int, rest: str) -> None:
    """One line each, the first of them; how many more there are."""
    console = Console(soft_wrap=True, highlight=False)
    for problem in problems[:most]:
        cure = f" → {problem.cure}" if problem.cure else ""
        console.print(
            Text.assemble(("problem ", "red"), (problem.place, "bold"), f": {problem.reason}{cure}")
        )
    if len(problems) > most:
        click.echo(f"and {len(problems) - most} more: {rest}")
    if not problems:
        click.echo("all is well")


def _as_json(found: Status, problems: Sequence[Problem]) -> dict[str, Any]:
    return {
        "now": found.now.isoformat(),
        "away": list(found.away),
        "problems": [asdict(problem) for problem in problems],
        "holds": [words.hold_as_json(hold) for hold in found.holds],
        "driven_by_cron": found.driven is not None,
        "redis": found.redis and _redis_as_json(found.redis),
        "record": found.record and _record_as_json(found.record),
    }


def _redis_as_json(redis: InRedis) -> dict[str, Any]:
    others = {each.clock: _clock_as_json(each) for each in redis.others}
    return {
        **_clock_as_json(redis.sight),
        # Of the common clock is what stands beside them.
        "clocks": others,
        "debt": _maybe_seconds(redis.debt),
        "workers": [
            {"name": worker.name, "seen_at": worker.at.isoformat(), "is_alive": worker.is_alive}
            | asdict(worker.card)
            for worker in redis.workers
        ],
        "queues": [
            {
                "name": queue.name,
                "waiting": queue.depth,
                "oldest": _maybe_seconds(queue.age),
                "workers": list(queue.workers),
            }
            for queue in redis.queues
        ],
    }


def _record_as_json(record: OnRecord) -> dict[str, Any]:
    return {
        "failing": [
            {
                "entry": each.entry,
                "run": str(each.last.run),
                "ended_at": each.last.ended_at.isoformat(),
                "reason": each.last.reason,
            }
            for each in record.failing
        ],
        "missed": [
            {
                "entry": each.entry,
                "count": each.count,
                "last_due_at": each.last_due.isoformat(),
                "reason": each.reason,
            }
            for each in record.missed
        ],
        "incidents": [
            {"entry": each.entry, "kind": str(each.kind), "began_at": each.began_at.isoformat()}
            for each in record.incidents
        ],
        "features_off": [each.name for each in record.features_off],
    }


def _maybe_seconds(span: timedelta | None) -> float | None:
    return None if span is None else seconds(span)


def _clock_as_json(sight: Sight) -> dict[str, Any]:
    leads = {"id": sight.owner, "since": iso(sight.since), "term": sight.term}
    return {
        "leader": leads if sight.leader else None,
        "standbys": [beat.id for beat in sight.standing_by],
        "debt": _maybe_seconds(sight.debt),
        "cursor": iso(sight.cursor),
        "owing": len(sight.owing),
        "journal": sight.journal,
    }
