"""What a span to come will look like: how many runs at once, who meets himself, what is lost.

Due times are decided by the beat's own judgement, also those of an outage of all beats.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from beat_schedule.decisions import Decision
from beat_schedule.dispatch.judge import Proposal, judge
from beat_schedule.entries import Entry
from beat_schedule.errors import HookbeatError
from beat_schedule.foresight.calendar import MOST, Calendar, instant_of, seconds_of
from beat_schedule.foresight.queues import Arrival, Outcome, Town

#: More runs than these are not carried out one by one.
MOST_RUNS = 1_000_000

#: Half of them took no longer, and nearly all.
MEDIAN, SLOW = 0.5, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """No beat decides anything from then until then."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """What an outage does to the due times of an entry."""

    key: str
    #: Due in the outage.
    due: int
    #: Sent when it is over; coalesced into such a one; never to run.
    sent: int
    coalesced: int
    lost: int
    #: Of those lost, in words.
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A span as it will be."""

    since: datetime
    until: datetime
    #: With the slots that there are.
    outcome: Outcome
    #: By queue, the most at once if there were slots for all.
    wanted: Mapping[str, int]
    missed: Sequence[Missed]
    #: The entries of which no run was ever measured.
    unmeasured: Sequence[str]

    @property
    def has_problems(self) -> bool:
        """Whether anything that is due would not run, or not in the span."""
        waits = any(served.left for served in self.outcome.queues.values())
        is_lost = any(each.lost for each in self.missed)
        return bool(waits or is_lost or self.outcome.overlaps or self.outcome.expired)


def simulate(
    entries: Sequence[Entry],
    calendar: Calendar,
    *,
    durations: Mapping[str, Sequence[float]],
    assumed: float,
    slots: Mapping[str, int | None],
    outage: Outage | None = None,
) -> Simulated:
    """Carry out everything that is due in the calendar's span.

    `durations` are seconds that runs of an entry took, gone through in their order again and
    again; one without takes `assumed`. A queue that `slots` does not name has no bound. Raises
    HookbeatError where there is too much to carry out.
    """
    arrivals, missed = _arrivals(entries, calendar, outage)
    took = {entry.key: durations.get(entry.key) or [assumed] for entry in entries}
    queues: dict[str, int | None] = dict.fromkeys(entry.queue for entry in entries)
    bounded = queues | {queue: slots[queue] for queue in queues if queue in slots}
    end = seconds_of(calendar.until)
    unbounded = Town(entries, took, queues).carry_out(arrivals, end)
    return Simulated(
        since=calendar.since,
        until=calendar.until,
        outcome=Town(entries, took, bounded).carry_out(arrivals, end),
        wanted={queue: served.most for queue, served in unbounded.queues.items()},
        missed=missed,
        unmeasured=tuple(entry.key for entry in entries if entry.key not in durations),
    )


def _arrivals(
    entries: Iterable[Entry], calendar: Calendar, outage: Outage | None
) -> tuple[list[Arrival], list[Missed]]:
    arrivals: list[Arrival] = []
    missed = []
    for entry in entries:
        due = calendar.due(entry.schedule)
        if len(arrivals) + len(due) > MOST_RUNS or len(due) >= MOST:
            raise HookbeatError(
                f"more than {MOST_RUNS:,} due times: take a shorter span (--from, --to)"
            )
        spread = int(entry.spread.total_seconds())
        late = []
        for each in due:
            if outage and outage.since < instant_of(each + spread) <= outage.until:
                late.append(each)
            else:
                arrivals.append(Arrival(at=each + spread, key=entry.key, due_at=each))
        if late and outage:
            sent, told = _after(entry, late, outage)
            arrivals += sent
            missed.append(told)
    return arrivals, missed


def _after(entry: Entry, late: Sequence[int], outage: Outage) -> tuple[list[Arrival], Missed]:
    """What is decided of due times when an outage is over."""
    count: Counter[Decision] = Counter()
    reasons = []
    sent = []
    end = seconds_of(outage.until)
    for proposal in _judged(entry, [instant_of(each) for each in late], outage.until):
        if proposal.decision is None:
            sent.append(Arrival(at=end, key=entry.key, due_at=seconds_of(proposal.last)))
            continue
        count[proposal.decision] += proposal.count
        if proposal.decision is not Decision.COALESCED:
            reasons.append(proposal.reason)
    coalesced = count.pop(Decision.COALESCED, 0)
    return sent, Missed(
        key=entry.key,
        due=len(late),
        sent=len(sent),
        coalesced=coalesced,
        lost=count.total(),
        reason="; ".join(dict.fromkeys(reasons)),
    )


def _judged(entry: Entry, due: list[datetime], now: datetime) -> Iterator[Proposal]:
    """As passes of a beat do it: in portions, until nothing is left."""
    while due:
        judgement = judge(due, entry.policy, now)
        yield from judgement.proposals
        due = [each for each in due if judgement.rest and each >= judgement.rest]


def share(seconds: Sequence[float], part: float) -> float:
    """The time that this part of them did not exceed."""
    ordered = sorted(seconds)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]
