"""An incident as people are told of it: what, since when, why, whose it is, and where to look."""

import shlex
from collections.abc import Iterable
from datetime import datetime

from beat_schedule.entries import Entry
from beat_schedule.incidents import Incident, IncidentKind

#: Digits of a run's id that the commands take.
SHORT = 8

_BEGAN = {
    IncidentKind.FAILING: "is failing",
    IncidentKind.MISSED: "was missed",
    IncidentKind.LEFT_OUT: "cannot be used, and is left out",
}
_WAS = {
    IncidentKind.FAILING: "It was failing",
    IncidentKind.MISSED: "It was missed",
    IncidentKind.LEFT_OUT: "It was left out",
}


def worded(incident: Incident, entry: Entry | None, *, is_over: bool) -> tuple[str, str]:
    """Title and text; `entry` is None where nobody declares it any more."""
    if not is_over:
        title = f"{incident.entry} {_BEGAN[incident.kind]}"
        said = f"{incident.reason[:1].upper()}{incident.reason[1:]}"
    else:
        title = f"{incident.entry} {_ended(incident, entry)}"
        said = f"{_WAS[incident.kind]}: {incident.reason}"
    rows = [(name, value) for name, value in _rows(incident, entry, is_over=is_over) if value]
    width = max(len(name) for name, _ in rows)
    listed = "\n".join(f"{name:{width}}  {value}" for name, value in rows)
    return f"[hookbeat] {title}", f"{title}\n\n{said}\n\n{listed}\n"


def _rows(incident: Incident, entry: Entry | None, *, is_over: bool) -> Iterable[tuple[str, str]]:
    yield "what", entry.description if entry else ""
    yield "since", _instant(incident.began_at)
    yield "until", _instant(incident.ended_at) if is_over and incident.ended_at else ""
    yield "run", str(incident.run or "")
    yield "owner", entry.owner if entry else ""
    yield "runbook", entry.runbook if entry else ""
    yield "look", _command(incident)


def _ended(incident: Incident, entry: Entry | None) -> str:
    if incident.kind is IncidentKind.LEFT_OUT:
        return "is mended, or declared no more"
    return "has recovered" if _is_watched(incident, entry) else "is watched no more"


def _is_watched(incident: Incident, entry: Entry | None) -> bool:
    """Whether the entry is declared, and says that somebody is to be told of this."""
    if entry is None:
        return False
    if incident.kind is IncidentKind.FAILING:
        return entry.run_policy.alert_after is not None
    return entry.run_policy.expect_within is not None


def _command(incident: Incident) -> str:
    if incident.kind is IncidentKind.LEFT_OUT:
        return "hookbeat check"
    if incident.kind is IncidentKind.FAILING and incident.run:
        return f"hookbeat logs {str(incident.run)[:SHORT]}"
    return f"hookbeat decisions {shlex.quote(incident.entry)}"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
