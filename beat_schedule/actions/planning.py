"""What a change of the hooks will do: everything that can be reckoned of it, in one value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from beat_schedule.foresight.calendar import Calendar
from beat_schedule.foresight.changed_days import ChangedDay, changed_days
from beat_schedule.foresight.collisions import Collision, new_collisions
from beat_schedule.foresight.differences import Change, differences
from beat_schedule.foresight.load import per_hour_of_day, per_hour_of_week

from .sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Two sides, and what is otherwise in (since, until]."""

    old: Side
    new: Side
    since: datetime
    until: datetime
    changes: Sequence[Change]
    changed_days: Sequence[ChangedDay]
    collisions: Sequence[Collision]
    #: Runs in the span by the hour of the day, 24 numbers each.
    load_before: Sequence[int]
    load_after: Sequence[int]


def plan(old: Side, new: Side, since: datetime, until: datetime, zone: ZoneInfo) -> Plan:
    """Compare the two over (since, until]; hours are those of the clock of `zone`."""
    calendar = Calendar(since, until)
    changes = differences(old.entries, new.entries, calendar)
    loads = (per_hour_of_day(per_hour_of_week(side.entries, calendar, zone)) for side in (old, new))
    before, after = loads
    return Plan(
        old=old,
        new=new,
        since=since,
        until=until,
        changes=changes,
        changed_days=changed_days(changes, calendar),
        collisions=new_collisions(changes, old.entries, new.entries, calendar),
        load_before=before,
        load_after=after,
    )
