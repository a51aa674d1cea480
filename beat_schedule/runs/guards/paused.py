"""Whether somebody has paused or disabled the entry, or everything."""

from collections.abc import Mapping

from beat_schedule.decisions import EVERYTHING, HoldKind

from .asked import Asked

#: As the beat says it of a due time that it does not send. A skip is not among them: it holds due
#: times, and what has been sent was due before.
_SAID: Mapping[HoldKind, str] = {HoldKind.PAUSED: "paused", HoldKind.DISABLED: "disabled"}


def paused(asked: Asked) -> str | None:
    """`paused by ada: deploy`."""
    for target in (EVERYTHING, asked.opening.entry):
        held = asked.hold(target)
        if held and held.kind in _SAID:
            why = f": {held.why}" if held.why else ""
            return f"{_SAID[held.kind]} by {held.by}{why}"
    return None
