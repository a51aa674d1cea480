"""What `hookbeat simulate` found, for people and for machines."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from beat_schedule.actions.simulating import MEDIAN, SLOW, Missed, Simulated, share
from beat_schedule.foresight.queues import Served

from . import tables, words
from .planned import at
from .words import iso

#: Entries without a measurement that are named.
NAMED = 4


def tell(
    found: Simulated, durations: Mapping[str, Sequence[float]], zone: ZoneInfo, assumed: str
) -> None:
    console = tables.console()
    runs = found.outcome.runs.total()
    head = f"{runs:,} runs from {at(found.since, zone)} to {at(found.until, zone)} ({zone.key})"
    console.print(Text(head, style="bold"), soft_wrap=True)
    if found.unmeasured:
        console.print(Text(_unmeasured(found.unmeasured, assumed), style="yellow"), soft_wrap=True)
    if runs or found.outcome.queues:
        console.print(_queues(found, zone))
    if troubled := sorted(found.outcome.overlaps.keys() | found.outcome.expired.keys()):
        console.print(Text("\ndue times that would not run", style="bold"))
        console.print(_troubled(found, troubled, durations))
    if found.missed:
        console.print(Text("\nwhat the outage does", style="bold"))
        console.print(_missed(found.missed))


def _unmeasured(keys: Sequence[str], assumed: str) -> str:
    named = ", ".join(keys[:NAMED])
    more = len(keys) - NAMED
    return f"never measured, taken as {assumed}: {named}{f' and {more} more' if more > 0 else ''}"


def _queues(found: Simulated, zone: ZoneInfo) -> Table:
    table = tables.table(
        "queue", "runs", "slots", "at once", "wanted", "busiest", "longest wait", "in use", "left"
    )
    for queue, served in sorted(found.outcome.queues.items()):
        wait = _span(served.longest_wait)
        table.add_row(
            Text(queue, style="bold"),
            f"{served.runs:,}",
            "no bound" if served.slots is None else str(served.slots),
            str(served.most),
            str(found.wanted[queue]),
            at(served.busiest, zone),
            Text(f"{wait} ({served.longest_key})" if served.longest_wait else ""),
            _in_use(served, found),
            Text(str(served.left or ""), style="red"),
        )
    return table


def _in_use(served: Served, found: Simulated) -> str:
    """The part of the slots' time that runs take."""
    if not served.slots:
        return ""
    whole = served.slots * (found.until - found.since).total_seconds()
    return f"{served.busy / whole:.0%}"


def _troubled(
    found: Simulated, keys: Sequence[str], durations: Mapping[str, Sequence[float]]
) -> Table:
    table = tables.table("entry", "runs", "overlaps", "expired", "half take", "nearly all take")
    for key in keys:
        took = durations.get(key, ())
        table.add_row(
            Text(key, style="bold"),
            f"{found.outcome.runs[key]:,}",
            str(found.outcome.overlaps[key] or ""),
            str(found.outcome.expired[key] or ""),
            *(_span(share(took, part)) if took else "" for part in (MEDIAN, SLOW)),
        )
    return table


def _missed(missed: Sequence[Missed]) -> Table:
    table = tables.table("entry", "due", "caught up", "coalesced", "lost", "why")
    for each in missed:
        lost = Text(str(each.lost or ""), style="red")
        counts = (str(each.due), str(each.sent or ""), str(each.coalesced or ""))
        table.add_row(Text(each.key, style="bold"), *counts, lost, Text(each.reason))
    return table


def _span(seconds: float) -> str:
    return words.duration(timedelta(seconds=seconds))


def as_json(found: Simulated) -> dict[str, Any]:
    outcome = found.outcome
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "queues": {
            queue: {
                "runs": served.runs,
                "slots": served.slots,
                "at_once": served.most,
                "wanted": found.wanted[queue],
                "busiest_at": iso(served.busiest),
                "longest_wait": round(served.longest_wait, 3),
                "busy": round(served.busy, 3),
                "left": served.left,
            }
            for queue, served in sorted(outcome.queues.items())
        },
        "overlaps": dict(outcome.overlaps),
        "expired": dict(outcome.expired),
        "outage": [
            {
                "entry": each.key,
                "due": each.due,
                "sent": each.sent,
                "coalesced": each.coalesced,
                "lost": each.lost,
                "reason": each.reason,
            }
            for each in found.missed
        ],
        "unmeasured": list(found.unmeasured),
    }
