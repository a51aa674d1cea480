"""What a pass proposes for the due times of one entry: send, or not and why."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from beat_schedule.decisions import Decision
from beat_schedule.policies import CatchUp, Overlap, Policy
from beat_schedule.times import spoken

#: A due time seen within this is on time, and decided by itself.
GRACE = timedelta(seconds=10)

#: Of one entry at most so many are sent in one call; the rest follows in the next.
PORTION = 50


@dataclass(frozen=True, slots=True)
class Proposal:
    """A due time, or a span of like ones; to be sent where there is no decision."""

    first: datetime
    last: datetime
    count: int
    decision: Decision | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is proposed for one entry, ascending."""

    proposals: tuple[Proposal, ...]
    #: The first due time for which there was no room; None if that is all.
    rest: datetime | None = None


def judge(due_times: Iterable[datetime], policy: Policy, now: datetime) -> Judgement:
    """Propose for each of `due_times`, which are ascending and due with their spread by `now`."""
    due = list(due_times)
    now -= policy.spread
    if due and now - due[0] <= GRACE and not policy.expires:
        # As it is nearly always, for thousands in one pass.
        return _portion([_send(each) for each in due], policy)
    expired = _count(due, lambda each: now - each > longest(policy))
    on_time = max(expired, _count(due, lambda each: now - each > GRACE))
    too_late, late, others = due[:expired], due[expired:on_time], due[on_time:]
    if late and others and (policy.catch_up, policy.overlap) == (CatchUp.ONCE, Overlap.SKIP):
        # Else the late run would be in its way, and the newest never ran.
        late.append(others.pop(0))
    proposals = [
        *_span(too_late, Decision.EXPIRED, _too_late(policy)),
        *_late(late, policy),
        *(_send(each) for each in others),
    ]
    return _portion(proposals, policy)


def longest(policy: Policy) -> timedelta:
    """How late a due time may be and still run."""
    window = max(policy.catch_up_window, GRACE)
    return min(policy.expires, window) if policy.expires else window


def _count(due: list[datetime], is_over: Callable[[datetime], bool]) -> int:
    """How many of the ascending due times are over; they come first."""
    low, high = 0, len(due)
    while low < high:
        middle = (low + high) // 2
        if is_over(due[middle]):
            low = middle + 1
        else:
            high = middle
    return low


def _late(due: list[datetime], policy: Policy) -> Iterator[Proposal]:
    if not due:
        return
    match policy.catch_up:
        case CatchUp.NONE:
            yield from _span(due, Decision.MISSED, "nobody looked in time")
        case CatchUp.ONCE:
            yield from _span(due[:-1], Decision.COALESCED, f"a newer one stands for {len(due)}")
            yield _send(due[-1], f"stands for {len(due)}" if len(due) > 1 else "late")
        case CatchUp.ALL:
            first = max(len(due) - policy.catch_up_limit, 0)
            beyond = f"beyond the newest {policy.catch_up_limit}"
            yield from _span(due[:first], Decision.MISSED, beyond)
            yield from (_send(each, "late") for each in due[first:])


def _span(due: list[datetime], decision: Decision, reason: str) -> Iterator[Proposal]:
    if due:
        yield Proposal(due[0], due[-1], len(due), decision, reason)


def _send(due_at: datetime, reason: str = "") -> Proposal:
    return Proposal(due_at, due_at, 1, None, reason)


def _too_late(policy: Policy) -> str:
    if policy.expires and policy.expires <= policy.catch_up_window:
        return f"expired: later than {spoken(policy.expires)}"
    return f"later than its window of {spoken(policy.catch_up_window)}"


def _portion(proposals: list[Proposal], policy: Policy) -> Judgement:
    room = _turn(proposals) if policy.overlap is Overlap.QUEUE else PORTION
    if len(proposals) <= room:
        return Judgement(tuple(proposals))
    return Judgement(tuple(proposals[:room]), proposals[room].first)


def _turn(proposals: list[Proposal]) -> int:
    """One run after the other: up to the first that is to be sent."""
    sends = (number for number, each in enumerate(proposals, start=1) if each.decision is None)
    return next(sends, len(proposals))
