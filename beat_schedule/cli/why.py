"""`hookbeat why`: what became of a due time and why, and what would keep the next from running."""

import json
import shlex
import sys
from contextlib import ExitStack
from datetime import datetime

import click

from beat_schedule import actions
from beat_schedule.actions import operator_of
from beat_schedule.actions.meaning import Span, span_of
from beat_schedule.actions.why import Sources
from beat_schedule.actions.why import why as ask
from beat_schedule.clock import SystemClock
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError, NotFoundError, StoreError
from beat_schedule.settings import Settings
from beat_schedule.translate import Translation, load

from . import asking, completing
from .examples import examples
from .explained import as_json as answer_as_json
from .explained import tell
from .record import reader_of

#: Of the problems of the hooks so many are named where an entry is not found.
TOLD = 3


@examples(
    "hookbeat why tasks.library.daily",
    "hookbeat why tasks.library.daily 2026-03-10",
    "hookbeat why tasks.library.daily 03:00",
)
@click.command()
@click.argument("name", metavar="ENTRY", shell_complete=completing.entries)
@click.argument("said", metavar="[TIME]", required=False)
@asking.for_machines
@click.pass_obj
def why(settings: Settings, name: str, said: str | None, *, as_json: bool) -> None:
    """Tell what became of a due time and why, and what would keep one to come from running.

    ENTRY is its key, or its task's path where that has one entry. TIME is a date, a date with a
    time, or a time of day (the last one past), by the entry's clock. Without it: the last due time,
    and the next with all that is in its way.

    Exit 1 if it did not run or did not succeed, or if something is in the way of what is to come.
    """
    entry = _entry(settings, name)
    with ExitStack() as opened:
        sources, away = _sources(opened, settings, entry)
        answer = ask(entry, _span(said, entry, settings, sources.now), sources)
    is_whole = not away
    if as_json:
        click.echo(json.dumps(answer_as_json(answer) | {"away": away}, indent=2))
    else:
        for words in away:
            click.echo(words, err=True)
        tell(answer, settings)
    sys.exit(0 if answer.is_well and is_whole else 1)


def _entry(settings: Settings, name: str) -> Entry:
    """Raises NotFoundError, which says where else to look: a broken entry is none."""
    translation = load(settings)
    with actions.telling_unread(translation.unread):
        return _found(settings, translation, name)


def _found(settings: Settings, translation: Translation, name: str) -> Entry:
    try:
        return actions.find_overlaid(settings, translation.entries, name)
    except NotFoundError as error:
        broken = [
            f"broken: {each.place}: {each.reason}"
            for each in translation.problems
            if each not in translation.unread
        ]
        more = ["all that is wrong in the hooks: hookbeat check"] if broken else []
        before = f"what was decided of it before: hookbeat decisions {shlex.quote(name)}"
        cures = [*broken[:TOLD], *more, before]
        raise NotFoundError("\n".join([str(error), *cures])) from error


def _span(said: str | None, entry: Entry, settings: Settings, now: datetime) -> Span | None:
    if said is None:
        return None
    try:
        return span_of(said, entry.zone(settings.zone), now)
    except ValueError as error:
        raise click.BadParameter(
            f"{error}: write 2026-03-10, 2026-03-10T06:30 or 06:30", param_hint="TIME"
        ) from error


def _sources(opened: ExitStack, settings: Settings, entry: Entry) -> tuple[Sources, list[str]]:
    """Whoever can be asked, and who cannot; raises BrokerError where neither can."""
    away, sight, declared, session, holder = [], None, None, None, ""
    try:
        with operator_of(settings) as operator:
            sight, declared = operator.look(entry.clock), operator.declared()
            holder = operator.holder(entry.key)
    except BrokerError as error:
        away.append(f"{error}\nwhat only Redis knows is not known: who leads, what is owed")
    try:
        session = opened.enter_context(reader_of(settings))
    except StoreError as error:
        away.append(f"{error}\nwhat only the record knows is not known: decisions, runs, features")
        if sight is None:
            raise BrokerError("\n".join(away)) from error
    sources = Sources(
        settings=settings,
        session=session,
        sight=sight,
        declared=declared,
        now=sight.now if sight else SystemClock().now(),
        holder=holder,
    )
    return sources, away
