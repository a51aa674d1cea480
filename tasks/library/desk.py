"""What a person at the desk does by hand: look into the outbox, queue again, opt somebody out."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from beat_schedule.errors import NotFoundError, suggestion

from .models import Member, Notice, NoticeState

#: Ended without certainty that the member has the mail.
OPEN_TO_RETRY = (
    NoticeState.FAILED,
    NoticeState.UNSURE,
    NoticeState.NO_ADDRESS,
    NoticeState.WITHHELD,
)


def notices(session: Session, state: str | None = None) -> Iterator[Notice]:
    """Notices in that state, or all that are not sent; oldest first."""
    if state is not None and state not in set(NoticeState):
        states = [one.value for one in NoticeState]
        hint = suggestion(state, states) or f"there are {', '.join(states)}"
        raise NotFoundError(f"no notice is ever {state!r}; {hint}")
    wanted = Notice.state == state if state else Notice.state != NoticeState.SENT
    ordered = select(Notice).where(wanted).order_by(Notice.queued_at, Notice.id)
    yield from session.scalars(ordered, execution_options={"yield_per": 1000})


def queue_again(session: Session, ids: Sequence[str], now: datetime) -> int:
    """Queue these notices as if they had just been written; how many could be."""
    again = (
        update(Notice)
        .where(Notice.id.in_(list(map(_known, ids))), Notice.state.in_(OPEN_TO_RETRY))
        .values(
            state=NoticeState.QUEUED,
            attempts=0,
            next_try_at=now,
            claim=None,
            claimed_at=None,
            reason=None,
        )
        .returning(Notice.id)
    )
    return len(session.scalars(again).all())


def opt_out(session: Session, member_id: str, *, opted_out: bool) -> None:
    member = session.get(Member, member_id)
    if member is None:
        raise NotFoundError(f"nobody has the id {member_id!r}")
    member.opted_out = opted_out


def _known(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFoundError(
            f"{text!r} is no notice; `python -m tasks.library outbox` lists them"
        ) from None
