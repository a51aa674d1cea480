"""`hookbeat simulate`: how a span to come will go, with the workers that there are."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import click

from beat_schedule.actions import overlaid
from beat_schedule.actions.simulating import Outage, simulate
from beat_schedule.brokers import PATIENCE, client_of, told
from beat_schedule.clock import SystemClock
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError, ScheduleError, StoreError
from beat_schedule.foresight.calendar import Calendar
from beat_schedule.settings import Settings
from beat_schedule.store.durations import durations_of
from beat_schedule.times import read_interval, zone_of_people
from beat_schedule.translate import load
from beat_schedule.workers import Workers

from . import asking
from .examples import examples
from .record import reader_of
from .simulated import as_json as simulated_as_json
from .simulated import tell

A_DAY = timedelta(days=1)


def _slots(_ctx: click.Context, _param: click.Parameter, said: Sequence[str]) -> dict[str, int]:
    found = {}
    for each in said:
        queue, _, number = each.partition("=")
        if not queue or not number.isdigit():
            raise click.BadParameter(f"{each!r} is no number of a queue: write default=4")
        found[queue] = int(number)
    return found


@examples(
    "hookbeat simulate",
    "hookbeat simulate --from 2027-03-28 --to 2027-03-29 --slots default=4 --slots long=2",
    "hookbeat simulate --from 2027-03-28 --outage 2027-03-28T00:30 2027-03-28T06:00",
)
@click.command("simulate")
@click.option("--from", "since", metavar="TIME", help="Its beginning; now if not given.")
@click.option("--to", "until", metavar="TIME", help="Its end; a day later if not given.")
@click.option(
    "--slots",
    multiple=True,
    metavar="QUEUE=N",
    callback=_slots,
    help="Runs at once of a queue, not those of the workers that live; may be given again.",
)
@click.option(
    "--assume",
    metavar="SPAN",
    default="60s",
    show_default=True,
    help="How long a run takes that was never measured.",
)
@click.option(
    "--outage",
    nargs=2,
    metavar="TIME TIME",
    help="No beat decides anything from then until then.",
)
@asking.for_machines
@click.pass_obj
def simulate_span(
    settings: Settings,
    *,
    since: str | None,
    until: str | None,
    slots: Mapping[str, int],
    assume: str,
    outage: tuple[str, str] | None,
    as_json: bool,
) -> None:
    """Tell how a span to come will go: runs at once, waits, overlaps, and what an outage loses.

    Runs take what the last hundred of their entry took, one after the other. Queues have the slots
    of the workers that live; a worker that takes several counts for each.

    Exit 1 if due times meet a run of their own entry, if runs expire, are lost, or still wait.
    """
    span = _span(since, until)
    entries = overlaid(settings, load(settings).entries).entries
    durations, away = _durations(settings, [entry.key for entry in entries])
    found = simulate(
        entries,
        Calendar(*span),
        durations=durations,
        assumed=_seconds(assume),
        slots=_bounds(entries, _alive(settings, away)) | dict(slots),
        outage=_outage(outage, span),
    )
    if as_json:
        click.echo(json.dumps(simulated_as_json(found) | {"away": away}, indent=2))
    else:
        click.echo("".join(f"{words}\n" for words in away), err=True, nl=False)
        tell(found, durations, zone_of_people(), assume)
    sys.exit(1 if found.has_problems else 0)


def _span(since: str | None, until: str | None) -> tuple[datetime, datetime]:
    start = asking.instant(since, zone_of_people(), "--from") if since else SystemClock().now()
    end = asking.instant(until, zone_of_people(), "--to") if until else start + A_DAY
    if end <= start:
        raise click.BadParameter("it is not after --from", param_hint="--to")
    return start.replace(microsecond=0), end


def _outage(said: tuple[str, str] | None, span: tuple[datetime, datetime]) -> Outage | None:
    if said is None:
        return None
    since, until = (asking.instant(each, zone_of_people(), "--outage") for each in said)
    if not span[0] <= since < until <= span[1]:
        raise click.BadParameter("it is not within --from and --to", param_hint="--outage")
    return Outage(since=since, until=until)


def _seconds(assume: str) -> float:
    try:
        return read_interval(assume).total_seconds()
    except ScheduleError as error:
        raise click.BadParameter(str(error), param_hint="--assume") from error


def _durations(settings: Settings, keys: Sequence[str]) -> tuple[dict[str, list[float]], list[str]]:
    """What was measured; nothing, and why, where the record is away."""
    try:
        with reader_of(settings) as session:
            return durations_of(session, keys), []
    except StoreError as error:
        return {}, [f"{error}\nhow long runs take is not known"]


def _bounds(entries: Iterable[Entry], alive: dict[str, int | None]) -> dict[str, int | None]:
    """Where workers live, a queue that none of them takes has no slot."""
    return {entry.queue: 0 if alive else None for entry in entries} | alive


def _alive(settings: Settings, away: list[str]) -> dict[str, int | None]:
    """Of each queue the slots of the workers that live and take it."""
    try:
        with told(settings), client_of(settings, timeout=PATIENCE) as client:
            alive = [each for each in Workers(client, settings.prefix).seen() if each.is_alive]
    except BrokerError as error:
        away.append(f"{error}\nwhich workers live is not known: there are slots for all")
        return {}
    if not alive:
        away.append("no worker lives: there are slots for all (--slots says how many there are)")
        return {}
    slots: dict[str, int | None] = {}
    for each in alive:
        for queue in each.card.queues:
            slots[queue] = (slots.get(queue) or 0) + max(each.card.slots, 1)
    return slots
