"""The instants at which a wall clock shows a time: what Debian's cron makes of clock changes.

Debian's cron (cron.c, its main loop and `find_jobs`; the manual, cron(8), under NOTES on
daylight saving time) tells two kinds of jobs apart. A job whose minute or hour field begins
with `*` is a wildcard job: it follows real time, so what its fields say is compared with the wall
clock at every real minute. Steps (`*/20`, `*/2`) are wildcard jobs too. Every other job is a
fixed-time job: when the clock goes forward over its time, it runs right after the gap;
when the clock goes back, it does not run again. Both hold for shifts of less than three hours. A
larger one is no daylight saving time but a correction: everything follows the new clock, so a
date that does not exist has no runs, and a date that comes twice has them twice.

Ours differs in one thing: several times of one schedule in one gap are one due time, not several.
`Dst` says otherwise where an entry wants it otherwise; a correction is met as above all the same.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

#: A shift of this size or more is a correction of the clock, not daylight saving time.
CORRECTION = timedelta(hours=3)

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dst:
    """How daylight saving time is met; None leaves that half to the kind of the schedule."""

    #: What becomes of a time that the clock skips.
    gap: Literal["run_after", "skip"] | None = None
    #: Whether a time that the clock shows twice is due the first time or both.
    overlap: Literal["first", "both"] | None = None

    def over(self, kind: Self) -> "Dst":
        return Dst(gap=self.gap or kind.gap, overlap=self.overlap or kind.overlap)


#: Of wildcard jobs, and of everything in a correction.
FOLLOWS_THE_CLOCK = Dst(gap="skip", overlap="both")
FIXED_TIME = Dst(gap="run_after", overlap="first")


def instants(wall: datetime, zone: ZoneInfo, dst: Dst) -> tuple[datetime, ...]:
    """The instants in UTC, ascending, at which the naive time `wall` is due: none, one or two."""
    before, after = offset(zone, wall), offset(zone, wall.replace(fold=1))
    first = (wall - before).replace(tzinfo=UTC)
    if before == after:
        return (first,)
    if abs(after - before) >= CORRECTION:
        dst = FOLLOWS_THE_CLOCK
    if before > after:
        return (first, first + (before - after)) if dst.overlap == "both" else (first,)
    return () if dst.gap == "skip" else (_end_of_gap(first - (after - before), first, zone),)


def start(after: datetime, zone: ZoneInfo) -> datetime:
    """A naive time not later than any the clock still shows after that instant."""
    local = after.astimezone(zone)
    wall = local.replace(tzinfo=None, fold=0)
    if local.fold:
        return wall
    # In the first pass of a span that comes again, the clock has yet to go back.
    return wall - max(offset(zone, wall) - offset(zone, wall.replace(fold=1)), timedelta(0))


def offset(zone: ZoneInfo, wall: datetime) -> timedelta:
    return zone.utcoffset(wall) or timedelta(0)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after the clock went forward, which it did in (before, after]."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
