"""Maintenance: holding everything but what goes on even then."""

from dataclasses import replace
from datetime import datetime, timedelta

from beat_schedule.decisions import EVERYTHING, Hold, HoldKind, hold_of, in_force
from beat_schedule.dispatch.operator import Operator, Sight

from .holding import LEAST, UnheldError, changed, end_of, ended, refusal


def begin_maintenance(
    operator: Operator, *, by: str, why: str, until: datetime | timedelta | None = None
) -> Hold:
    """Hold everything until then, for so long, or until it ends; a second time says so anew.

    Raises UnheldError while everything is paused or disabled, and ValueError for a past end.
    """
    sight = operator.look()
    hold = Hold(
        target=EVERYTHING,
        kind=HoldKind.MAINTENANCE,
        since=sight.now,
        until=end_of(until, sight.now),
        by=by,
        why=why,
        version=LEAST,
    )
    if before := _maintenance(sight):
        hold = replace(hold, since=before.since)
    return changed(operator, hold, before, action="maintenance on", who=by)


def end_maintenance(operator: Operator, *, by: str) -> Hold | None:
    """Let everything go; the hold that has ended, or None where there was none.

    Raises UnheldError while everything is paused or disabled.
    """
    sight = operator.look()
    held = _maintenance(sight)
    if held is None:
        return None
    over = ended(held, sight.now, f"ended by {by}")
    return changed(operator, over, held, action="maintenance off", who=by)


def _maintenance(sight: Sight) -> Hold | None:
    held = hold_of(in_force(sight.holds, sight.now), EVERYTHING)
    if held and held.kind is not HoldKind.MAINTENANCE:
        raise UnheldError(refusal(held, "is no maintenance"))
    return held
