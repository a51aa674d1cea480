"""What a leader does for people: it watches entries, tells of them, and shows that it leads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from beat_schedule.clock import Clock
from beat_schedule.entries import Entry
from beat_schedule.errors import Problem

from .alarms import Alarms, IncidentRecord
from .definitions import Definitions
from .duty import Duty
from .lease import Lease
from .telling import Channel, Telling

#: Seconds between two looks at the entries.
LOOK_EVERY = 10.0

#: A new leader waits so long for what the one before it may be telling, and is about to note.
SETTLED = 15.0

#: Seconds between two signs of life.
PING_EVERY = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Whom to watch, and whom to tell."""

    entries: Sequence[Entry]
    record: IncidentRecord
    #: What is wrong with what else is declared.
    problems: Sequence[Problem] = ()
    channels: Sequence[Channel] = ()
    #: Shows somebody outside that a beat leads.
    ping: Callable[[], object] | None = None


def duties_of(
    watch: Watch | None,
    lease: Lease,
    now: Callable[[], datetime],
    clock: Clock,
    definitions: Definitions,
) -> tuple[Duty, ...]:
    """The threads of it; `now` is Redis's time.

    Where there are neither entries, nor problems, nor people who make some, none looks for them.
    """
    if watch is None:
        return ()
    duties = []
    if watch.entries or watch.problems or definitions.may_be_new:
        duties.append(_alarms(watch, lease, now, clock, definitions))
    if watch.ping:
        duties.append(Duty("ping", lease, clock, watch.ping, every=PING_EVERY))
    return tuple(duties)


def _alarms(
    watch: Watch,
    lease: Lease,
    now: Callable[[], datetime],
    clock: Clock,
    definitions: Definitions,
) -> Duty:
    alarms = Alarms(watch.entries, watch.record, now, watch.problems, definitions.left_out)
    telling = Telling(
        watch.channels,
        watch.entries,
        watch.record,
        clock,
        may_go_on=lambda: lease.term is not None,
    )

    def look() -> None:
        alarms.look()
        telling.tell()

    return Duty("alarms", lease, clock, look, every=LOOK_EVERY, after=SETTLED, anew=telling.forget)
