"""What a person at the desk does by hand: look into the outbox, queue again, opt somebody out."""

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, select, update
from sqlalchemy.orm import Session

from beat_schedule.errors import HookbeatError, NotFoundError, suggestion

from .models import Member, Notice, NoticeState

#: Ended without certainty that the member has the mail.
OPEN_TO_RETRY = (
    NoticeState.FAILED,
    NoticeState.UNSURE,
    NoticeState.NO_ADDRESS,
    NoticeState.WITHHELD,
)

#: What `unsure` is not: nobody has to be asked before these go again.
SURELY_NOT_SENT = tuple(state for state in OPEN_TO_RETRY if state is not NoticeState.UNSURE)

#: Why a notice in another state is left as it is.
SETTLED = {
    NoticeState.QUEUED: "is queued already",
    NoticeState.SENDING: "is on its way, or unsure once its sender is silent for 15 minutes",
    NoticeState.SENT: "is sent already",
    NoticeState.RETURNED: "is about nothing any more: everything in it came back",
}

#: The beginning of a notice's id, long enough to be no accident.
_BEGINNING = re.compile(r"[0-9a-f]{4,32}")


#: Enough to know that one is not alone.
_MANY = 2


@dataclass(slots=True)
class Retried:
    """What became of the notices that somebody wants to have queued again."""

    queued: int = 0
    #: What stayed as it is, by how it was named, and why.
    left: list[tuple[str, str]] = field(default_factory=list)


def notices(session: Session, state: str | None = None) -> Iterator[Notice]:
    """Notices in that state, or all that are not sent; oldest first."""
    wanted = Notice.state == _state(state) if state else Notice.state != NoticeState.SENT
    ordered = select(Notice).where(wanted).order_by(Notice.queued_at, Notice.id)
    yield from session.scalars(ordered, execution_options={"yield_per": 1000})


def queue_again(session: Session, names: Sequence[str], now: datetime) -> Retried:
    """Queue notices as if they had just been written; each is named by how its id begins."""
    retried = Retried()
    for name in names:
        found = session.scalars(select(Notice).where(_begins(name)).limit(_MANY)).all()
        if len(found) != 1:
            retried.left.append((name, _not_one(session, name)))
        elif _queued(session, Notice.id == found[0].id, OPEN_TO_RETRY, now):
            retried.queued += 1
        else:
            retried.left.append((name, SETTLED.get(found[0].state, "has just been changed")))
    return retried


def queue_all_again(session: Session, state: str | None, now: datetime) -> int:
    """Queue all notices in that state, or all that surely did not arrive; how many."""
    wanted = SURELY_NOT_SENT if state is None else (_state(state),)
    if not set(wanted) <= set(OPEN_TO_RETRY):
        raise HookbeatError(f"only notices that are {', '.join(OPEN_TO_RETRY)} are queued again")
    return _queued(session, Notice.state.in_(wanted), wanted, now)


def unsure(session: Session) -> int:
    """How many notices may have arrived or not."""
    counted = select(func.count()).where(Notice.state == NoticeState.UNSURE)
    return session.scalar(counted) or 0


def opt_out(session: Session, member_id: str, *, opted_out: bool) -> None:
    member = session.get(Member, member_id)
    if member is None:
        raise NotFoundError(f"nobody has the id {member_id!r}")
    member.opted_out = opted_out


def _queued(
    session: Session, which: ColumnElement[bool], states: Sequence[NoticeState], now: datetime
) -> int:
    again = (
        update(Notice)
        .where(which, Notice.state.in_(states))
        .values(
            state=NoticeState.QUEUED,
            attempts=0,
            next_try_at=now,
            claim=None,
            claimed_at=None,
            reason=None,
        )
        .returning(Notice.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(again).all())


def _begins(name: str) -> ColumnElement[bool]:
    """Ids between the beginning filled up with 0 and filled up with f: an index finds them."""
    digits = _digits(name)
    if not digits:
        return false()
    return Notice.id.between(uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f")))


def _digits(name: str) -> str:
    digits = name.lower().replace("-", "")
    return digits if _BEGINNING.fullmatch(digits) else ""


def _not_one(session: Session, name: str) -> str:
    count = session.scalar(select(func.count()).select_from(Notice).where(_begins(name)))
    if count:
        return f"{count} notices begin so; write more of it"
    if _digits(name):
        return "is no notice; `python -m tasks.library outbox` lists them"
    return "is no notice; write at least four digits of its id, as `outbox` lists them"


def _state(text: str) -> NoticeState:
    states = [one.value for one in NoticeState]
    if text not in states:
        hint = suggestion(text, states) or f"there are {', '.join(states)}"
        raise NotFoundError(f"no notice is ever {text!r}; {hint}")
    return NoticeState(text)
