"""Holding what is due, and letting it go again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from beat_schedule.decisions import EVERYTHING, SAID, Hold, HoldKind, hold_of, in_force
from beat_schedule.dispatch.operator import Change, Operator
from beat_schedule.entries import Entry
from beat_schedule.errors import HookbeatError
from beat_schedule.schedules.base import LATEST
from beat_schedule.times import shown

#: What people may set and take back by these actions.
OURS = (HoldKind.PAUSED, HoldKind.SKIP)

#: What lets everything go.
CURES = {
    HoldKind.PAUSED: "hookbeat scheduler resume",
    HoldKind.DISABLED: "hookbeat scheduler enable",
    HoldKind.MAINTENANCE: "hookbeat maintenance off",
}

#: Redis gives each change a version of its own.
LEAST = 0


class UnheldError(HookbeatError):
    """It cannot be held so, or let go, because of what holds it already."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """The next due time that will not be sent."""

    hold: Hold
    due_at: datetime
    #: The first of the late due times that are not decided yet, and are held with it.
    late_since: datetime | None
    #: Whether that was so before.
    already: bool = False


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was let go, and what holds it all the same."""

    ended: Hold | None
    still: Hold | None


def end_of(until: datetime | timedelta | None, now: datetime) -> datetime | None:
    """When a hold that begins now is over; raises ValueError for an end that is past."""
    end = now + until if isinstance(until, timedelta) else until
    if end and end <= now:
        raise ValueError(f"is past: by Redis's clock it is {shown(now)}")
    return end


def ended(held: Hold, now: datetime, how: str) -> Hold:
    """The same hold, over now; `how` says so and by whom."""
    why = f"{held.why}; {how}" if held.why else how
    return replace(held, until=max(held.since, now), why=why)


def told(held: Hold) -> str:
    """`everything is paused by ada: deploy`."""
    what = "everything" if held.target == EVERYTHING else held.target
    return f"{what} is {SAID[held.kind]} by {held.by}{f': {held.why}' if held.why else ''}"


def refusal(held: Hold, why: str) -> str:
    """That it is held, that this action does not change that, and what does."""
    cure = f" ({CURES[held.kind]})" if held.target == EVERYTHING else ""
    return f"{told(held)}; that {why}{cure}"


def changed(operator: Operator, hold: Hold, before: Hold | None, *, action: str, who: str) -> Hold:
    """Let it be held so, or no more, and note who did it; what stands now."""
    stands = operator.hold(hold)
    change = Change(
        action=action,
        target=stands.target,
        who=who,
        why=stands.why,
        before=None if before is None else _noted(before),
        after=_noted(stands),
    )
    operator.note(change)
    return stands


def _noted(hold: Hold) -> dict[str, Any]:
    return {
        "kind": str(hold.kind),
        "since": hold.since.isoformat(),
        "until": hold.until and hold.until.isoformat(),
        "by": hold.by,
        "why": hold.why,
    }


def pause(
    operator: Operator,
    target: str,
    *,
    by: str,
    why: str,
    until: datetime | timedelta | None = None,
) -> Hold:
    """Send nothing for `target` until then, for so long, or until it is resumed.

    Once this returns nothing is sent. Raises UnheldError for what is held for another reason, and
    ValueError for an end that is past.
    """
    sight = operator.look()
    until = end_of(until, sight.now)
    before = _ours(in_force(sight.holds, sight.now), target)
    if before and before.kind is HoldKind.SKIP and until and before.until:
        # The due time that was to be skipped still is.
        until = max(until, before.until)
    hold = Hold(
        target=target,
        kind=HoldKind.PAUSED,
        since=sight.now,
        until=until,
        by=by,
        why=why,
        version=LEAST,
    )
    return changed(operator, hold, before, action="pause", who=by)


def resume(operator: Operator, target: str, *, by: str) -> Resumed:
    """Send again what becomes due from now on; what was held till now stays skipped.

    Raises UnheldError for what is held for another reason than a pause or a skip.
    """
    sight = operator.look()
    holds = in_force(sight.holds, sight.now)
    held = _ours(holds, target)
    still = None if target == EVERYTHING else hold_of(holds, EVERYTHING)
    if held is None:
        return Resumed(None, still)
    over = ended(held, sight.now, f"resumed by {by}")
    if held.kind is HoldKind.SKIP:
        # Its due time is still to come, and goes.
        over = replace(over, until=held.since)
    return Resumed(changed(operator, over, held, action="resume", who=by), still)


def skip(operator: Operator, entry: Entry, *, by: str, why: str) -> Skipped:
    """Leave out the next due time of an entry, and no later one.

    Asked again before that time it changes nothing. Raises UnheldError for what is held anyway,
    and for an entry that is due never again.
    """
    sight = operator.look()
    looked_at = sight.now - entry.spread
    last = operator.last(entry.key) or looked_at
    due_at = entry.schedule.first(max(last, looked_at), LATEST)
    if due_at is None:
        raise UnheldError(f"{entry.key} is due never again: there is nothing to skip")
    held = _ours(in_force(sight.holds, sight.now), entry.key)
    if held and held.kind is HoldKind.PAUSED:
        raise UnheldError(f"{entry.key} is paused by {held.by}: it would not be sent anyway")
    if held:
        return Skipped(held, due_at, None, already=True)
    late_since = entry.schedule.first(last, looked_at) if last < looked_at else None
    hold = Hold(
        target=entry.key,
        kind=HoldKind.SKIP,
        since=sight.now,
        until=due_at + entry.spread,
        by=by,
        why=why,
        version=LEAST,
    )
    hold = changed(operator, hold, None, action="skip", who=by)
    return Skipped(hold, due_at, late_since)


def _ours(holds: Iterable[Hold], target: str) -> Hold | None:
    """What holds `target` itself, if these actions may change it."""
    held = hold_of(holds, target)
    if held and held.kind not in OURS:
        raise UnheldError(refusal(held, "is no pause"))
    return held
