"""A run as people read it: what is known of it, each attempt, what befell it, what it said."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from rich.table import Table
from rich.text import Text

from beat_schedule.store.attempts import AttemptRecord, EventRecord
from beat_schedule.store.record import RunRecord
from beat_schedule.store.runs import TRACE, Line
from beat_schedule.times import TIME, shown

from . import run_words, words
from .words import iso

#: Levels, and streams, of lines that are shown in red.
_LOUD = {"error", "critical", "stderr"}


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened then."""

    at: datetime
    text: str
    style: str = ""


def story_of(attempts: Iterable[AttemptRecord], events: Iterable[EventRecord]) -> list[Moment]:
    """Everything in the order in which it happened."""
    moments = [moment for each in attempts for moment in _of_attempt(each)]
    moments += [Moment(each.at, f"{each.event}: {each.text}", "yellow") for each in events]
    return sorted(moments, key=lambda moment: moment.at)


def in_order(moments: Iterable[Moment], lines: Iterable[Line]) -> Iterator[Moment | Line]:
    """Both by time; a clock that was set back changes nothing in the order of either."""
    of_both: tuple[Iterable[Moment | Line], Iterable[Moment | Line]] = (moments, lines)
    return heapq.merge(*of_both, key=lambda each: each.at)


def told(moment: Moment) -> Text:
    return Text.assemble((f"{shown(moment.at, TIME)} ", "dim"), (moment.text, moment.style))


def said(line: Line, *, day: bool = False) -> Text:
    at = words.instant(line.at) if day else shown(line.at, TIME)
    style = "red" if line.level in _LOUD else ""
    return Text.assemble((f"{at} ", "dim"), (f"{line.level:<8} ", "dim"), (line.text, style))


def errors(run: RunRecord, attempts: Sequence[AttemptRecord]) -> Iterator[Text]:
    """With what its attempts ended, each error in full; like ones in a row once."""
    for error, alike in groupby(
        attempts, lambda each: (each.traceback or each.error or "").rstrip()
    ):
        first, *others = [each.number for each in alike]
        named = f"attempts {first} to {others[-1]}" if others else f"attempt {first}"
        if error:
            head = f"{named}:\n" if len(attempts) > 1 else ""
            yield Text(f"{head}{error}", style="red")
    if not attempts and run.error:
        yield Text(run.error, style="red")


def fields(run: RunRecord) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    shown: dict[str, str | Text] = {
        "run": str(run.id),
        "entry": run.entry,
        "task": run.task,
        "due": words.instant(run.due_at),
        "expires": words.instant(run.expires_at),
        "trigger": str(run.trigger),
        "queue": run.queue,
        "queued": words.instant(run.queued_at),
        "started": words.instant(run.started_at) if run.has_started else "",
        "finished": words.instant(run.finished_at),
        "took": words.duration(run.took),
        "worker": run.worker,
        "attempt": _attempts(run),
        "arguments": arguments(run.args, run.kwargs),
        "outcome": run_words.ending(run),
        "waits": run_words.goes_on(run),
        "reason": run.reason or "",
        "progress": run_words.progress(run),
        "counts": run_words.counts(run.counts),
        "error": f"fingerprint {run.fingerprint}" if run.fingerprint else "",
        "versions": ", ".join(
            f"{name} {version}" for name, version in run.versions.items() if name != TRACE
        ),
        # Of a `traceparent` the part by which a trace is found.
        "trace": "".join(str(run.versions.get(TRACE, "")).split("-")[1:2]),
    }
    for name, value in shown.items():
        if value:
            table.add_row(name, value if isinstance(value, Text) else Text(value))
    return table


def attempt_as_json(attempt: AttemptRecord) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "worker": attempt.worker,
        "started_at": attempt.started_at.isoformat(),
        "ended_at": iso(attempt.ended_at),
        "ending": attempt.ending,
        "reason": attempt.reason,
        "error": attempt.error,
        "traceback": attempt.traceback,
    }


def event_as_json(event: EventRecord) -> dict[str, Any]:
    return {"at": event.at.isoformat(), "event": event.event, "text": event.text}


def _of_attempt(attempt: AttemptRecord) -> Iterator[Moment]:
    yield Moment(attempt.started_at, f"attempt {attempt.number} starts on {attempt.worker}")
    if attempt.ended_at:
        why = (attempt.error or attempt.reason or "").partition("\n")[0]
        ended = f"attempt {attempt.number} {attempt.ending}{': ' if why else ''}{why}"
        yield Moment(attempt.ended_at, ended, run_words.STYLES.get(attempt.ending, "red"))


def _attempts(run: RunRecord) -> str:
    if not run.has_started:
        return "none: it has not started"
    gone = {"failed": run.failed_count, "lost": run.lost_count}
    before = ", ".join(f"{count} {how}" for how, count in gone.items() if count)
    return f"{run.attempt}{f' ({before})' if before else ''}"


def arguments(args: Iterable[Any], kwargs: Mapping[str, Any]) -> str:
    named = [f"{name}={value!r}" for name, value in kwargs.items()]
    return ", ".join([*map(repr, args), *named])
