"""How instants, spans and holds are shown: to people in few characters, to machines in full."""

from datetime import datetime, timedelta
from typing import Any

from beat_schedule.decisions import EVERYTHING, SAID, Hold
from beat_schedule.times import shown


def seconds(span: timedelta) -> float:
    return round(span.total_seconds(), 3)


def iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def instant(at: datetime | None) -> str:
    return shown(at) if at else ""


def duration(span: timedelta | None) -> str:
    if span is None:
        return ""
    if span < timedelta(minutes=1):
        return f"{span.total_seconds():.2f} s"
    return str(timedelta(seconds=round(span.total_seconds())))


def target(key: str) -> str:
    return "the scheduler" if key == EVERYTHING else key


def hold(held: Hold) -> str:
    """How it is held: `is paused by ada@web1 since … until …: deploy`."""
    until = f" until {instant(held.until)}" if held.until else ""
    why = f": {held.why}" if held.why else ""
    return f"is {SAID[held.kind]} by {held.by} since {instant(held.since)}{until}{why}"


def mentioned(held: Hold | None) -> str:
    """The same in passing; nothing where nothing is held."""
    return hold(held).removeprefix("is ") if held else ""


def hold_as_json(held: Hold) -> dict[str, Any]:
    return {
        "entry": held.target,
        "kind": str(held.kind),
        "since": held.since.isoformat(),
        "until": held.until and held.until.isoformat(),
        "by": held.by,
        "why": held.why,
    }
