"""`hookbeat runs`: what ran, what waits, and how it ended."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from beat_schedule import actions
from beat_schedule.clock import SystemClock
from beat_schedule.errors import NotFoundError, suggestion
from beat_schedule.plain import plain_text
from beat_schedule.settings import Settings
from beat_schedule.store.alike import Alike, errors_alike
from beat_schedule.store.models import Outcome, RunState
from beat_schedule.store.record import RunRecord, latest_runs
from beat_schedule.times import zone_of_people
from beat_schedule.translate import load
from beat_schedule.translate.overlay import with_clocks

from . import asking, completing, run_words, tables, words
from .examples import examples
from .record import reader_of

#: As one types them.
ENDINGS: dict[str, Outcome | RunState] = {
    each.replace(" ", "-"): each for each in (*Outcome, RunState.RUNNING, RunState.WAITING)
}


@examples(
    "hookbeat runs",
    "hookbeat runs --failed --since 1d",
    "hookbeat runs --errors",
)
@click.command()
@click.option(
    "--entry",
    metavar="NAME",
    help="Only runs of this entry, or of this task.",
    shell_complete=completing.entries,
)
@click.option("--failed", is_flag=True, help="Only runs that failed, timed out or were lost.")
@click.option(
    "--outcome",
    "endings",
    type=click.Choice(list(ENDINGS)),
    multiple=True,
    help="Only runs that ended so, or stand so; may be given again.",
)
@asking.since
@click.option("--fingerprint", metavar="HEX", help="Only runs with this error.")
@click.option("--errors", is_flag=True, help="Instead of runs, their errors: like ones counted.")
@asking.limit
@asking.for_machines
@click.pass_obj
def runs(
    settings: Settings,
    *,
    entry: str | None,
    failed: bool,
    endings: Collection[str],
    since: str | None,
    fingerprint: str | None,
    errors: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List the latest runs: how they ended, how far they are, when they go on."""
    began = asking.since_of(since, zone_of_people(), SystemClock().now())
    asked: dict[str, Any] = {"entry": plain_text(entry), "since": began, "limit": limit}
    if errors:
        if failed or endings or fingerprint:
            raise click.UsageError("--errors goes with --entry, --since and --limit alone")
        _tell_errors(settings, asked, as_json=as_json)
        return
    more: dict[str, Any] = {
        "failed": failed,
        "endings": [ENDINGS[each] for each in endings],
        "fingerprint": plain_text(fingerprint),
    }
    with reader_of(settings) as session:
        found = latest_runs(session, **asked, **more)
        if not found and entry and not latest_runs(session, entry=asked["entry"], limit=1):
            _require_entry(settings, entry)
    if as_json:
        click.echo(json.dumps([run_words.as_json(run) for run in found], indent=2))
    elif found:
        tables.console().print(_table(found))
    else:
        is_any = not (entry or began or any(more.values()))
        click.echo("nothing has run yet" if is_any else "no such run yet")


def _require_entry(settings: Settings, name: str) -> None:
    """Raises NotFoundError for a name that nothing has: a slip must not look like no run."""
    entries = load(settings).entries
    names = {*(entry.key for entry in entries), *(entry.task for entry in entries)}
    settings = with_clocks(settings, entries)
    if name not in names and not actions.overlaid_entry(settings, None, name):
        hint = suggestion(name, names) or "`hookbeat list` shows all"
        raise NotFoundError(f"no run of {name!r}, and no entry in the hooks; {hint}")


def _tell_errors(settings: Settings, asked: dict[str, Any], *, as_json: bool) -> None:
    with reader_of(settings) as session:
        found = errors_alike(session, **asked)
    if as_json:
        click.echo(json.dumps([_error_as_json(each) for each in found], indent=2))
    elif found:
        tables.console().print(_errors(found))
    else:
        click.echo("no run has ended with an error")


def _table(found: Iterable[RunRecord]) -> Table:
    table = tables.table(
        "run", "entry", "due", "started", "took", "outcome", "progress, counts, why"
    )
    for run in found:
        table.add_row(
            run.short_id,
            Text(run.entry, style="bold"),
            words.instant(run.due_at),
            words.instant(_started(run)),
            words.duration(run.took),
            run_words.ending(run),
            run_words.gist(run),
        )
    return table


def _started(run: RunRecord) -> datetime | None:
    return run.started_at if run.has_started else None


def _errors(found: Iterable[Alike]) -> Table:
    table = tables.table("fingerprint", "times", "first", "last", "run", "entry", "its error")
    for each in found:
        table.add_row(
            each.fingerprint,
            str(each.count),
            words.instant(each.first_at),
            words.instant(each.last_at),
            each.sample.short_id,
            Text(each.sample.entry, style="bold"),
            Text((each.sample.error or "").partition("\n")[0], style="red"),
        )
    return table


def _error_as_json(each: Alike) -> dict[str, Any]:
    return {
        "fingerprint": each.fingerprint,
        "count": each.count,
        "first_at": each.first_at.isoformat(),
        "last_at": each.last_at.isoformat(),
        "sample": run_words.as_json(each.sample),
    }
