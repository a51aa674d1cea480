"""Which due times of an entry are to be sent, and which are too late to be sent by themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from beat_schedule.schedules import Schedule

#: A due time seen within this is on time, and sent by itself.
GRACE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Due:
    """What one pass found due of one entry, in (after, now - spread]."""

    #: Ascending; each becomes a run.
    send: tuple[datetime, ...]
    #: How many late ones the newest of them stands for.
    coalesced: int

    @property
    def newest(self) -> datetime:
        return self.send[-1]


def due(schedule: Schedule, spread: timedelta, after: datetime, now: datetime) -> Due | None:
    """What is due in (after, now - spread], or None.

    Those on time are sent each by itself; of the late ones only the newest, as one run for all.
    """
    late: datetime | None = None
    coalesced = 0
    on_time: list[datetime] = []
    for due_at in schedule.between(after, now - spread):
        if now - (due_at + spread) <= GRACE:
            on_time.append(due_at)
            continue
        coalesced += late is not None
        late = due_at
    send = ((late,) if late else ()) + tuple(on_time)
    return Due(send, coalesced) if send else None
