"""Switching something off for good: what a deploy or an end of time does not switch on again."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from beat_schedule.decisions import EVERYTHING, Hold, HoldKind, hold_of, in_force
from beat_schedule.dispatch.operator import Operator, Sight

from .holding import LEAST, Resumed, UnheldError, changed, ended, refusal

#: What lets a target go that it holds. Maintenance is not ours: it says when it is over itself.
_OURS = (HoldKind.DISABLED, HoldKind.PAUSED, HoldKind.SKIP)


def disable(operator: Operator, target: str, *, by: str, why: str) -> Hold:
    """Send nothing for `target` until it is enabled; it takes the place of a pause.

    Once this returns nothing is sent. Raises UnheldError in maintenance.
    """
    sight = operator.look()
    before = _held(sight, target)
    is_so = before and before.kind is HoldKind.DISABLED
    hold = Hold(
        target=target,
        kind=HoldKind.DISABLED,
        since=before.since if before and is_so else sight.now,
        until=None,
        by=by,
        why=why,
        version=LEAST,
    )
    return changed(operator, hold, before, action="disable", who=by)


def enable(operator: Operator, target: str, *, by: str, why: str = "") -> Resumed:
    """Send again what becomes due from now on, whether it was disabled, paused or to be skipped.

    Raises UnheldError in maintenance.
    """
    sight = operator.look()
    still = None
    if target != EVERYTHING:
        still = hold_of(in_force(sight.holds, sight.now), EVERYTHING)
    held = _held(sight, target)
    if held is None:
        return Resumed(None, still)
    over = ended(held, sight.now, f"enabled by {by}{f': {why}' if why else ''}")
    if held.kind is HoldKind.SKIP:
        over = replace(over, until=held.since)
    return Resumed(changed(operator, over, held, action="enable", who=by), still)


def disabled(holds: Iterable[Hold], target: str, now: datetime) -> Hold | None:
    """What keeps it disabled; None for what is not."""
    held = hold_of(in_force(holds, now), target)
    return held if held and held.kind is HoldKind.DISABLED else None


def _held(sight: Sight, target: str) -> Hold | None:
    held = hold_of(in_force(sight.holds, sight.now), target)
    if held and held.kind not in _OURS:
        raise UnheldError(refusal(held, "comes first"))
    return held
