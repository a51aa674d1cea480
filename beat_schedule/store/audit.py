"""Who changed what, by what, and why: written in the transaction of the change."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from beat_schedule.decisions import EVERYTHING
from beat_schedule.plain import plain, plain_text

from .operators import Audit

#: The action of whoever made a pass without a beat.
CHANGES_NOTHING = "pass"

#: By what such a pass is made.
RUN_DUE = "run-due"

#: Characters of a word in `by` and `action`.
LONGEST_WORD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One change, as it was noted."""

    at: datetime
    who: str
    by: str
    action: str
    target: str
    why: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def note(
    session: Session,
    *,
    at: datetime,
    who: str,
    by: str,
    action: str,
    target: str,
    why: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write a change down; it stands when the session commits, together with the change.

    `by` is the way it was made (`cli`, `run-due`, `api`), `before` and `after` what can be said of
    both in JSON.
    """
    session.add(
        Audit(
            at=at,
            who=plain_text(who),
            by=plain_text(by)[:LONGEST_WORD],
            action=plain_text(action)[:LONGEST_WORD],
            target=plain_text(target),
            why=plain_text(why),
            before=_stored(before),
            after=_stored(after),
        )
    )


def noted(
    session: Session, target: str | None = None, *, by: str | None = None, most: int = 100
) -> list[Noted]:
    """The newest changes, of one target or of all, made in one way or any, the newest first."""
    rows = select(Audit).order_by(Audit.id.desc()).limit(most)
    if target is not None:
        rows = rows.where(Audit.target == target)
    if by is not None:
        rows = rows.where(Audit.by == by)
    return [_noted(row) for row in session.scalars(rows)]


def last_pass(session: Session) -> Noted | None:
    """The last pass without a beat over everything that decided something, and who made it."""
    return next(iter(noted(session, EVERYTHING, by=RUN_DUE, most=1)), None)


def noted_between(
    session: Session,
    targets: Collection[str],
    since: datetime,
    until: datetime,
    *,
    most: int,
    but: str = "",
) -> list[Noted]:
    """The newest changes of these targets in [since, until], the oldest of them first.

    None of the action `but`.
    """
    rows = (
        select(Audit)
        .where(Audit.target.in_(targets), Audit.at >= since, Audit.at <= until)
        .where(Audit.action != but)
        .order_by(Audit.id.desc())
        .limit(most)
    )
    return [_noted(row) for row in session.scalars(rows)][::-1]


def _noted(row: Audit) -> Noted:
    return Noted(
        at=row.at,
        who=row.who,
        by=row.by,
        action=row.action,
        target=row.target,
        why=row.why,
        before=row.before,
        after=row.after,
    )


def _stored(said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if said is None else plain(dict(said))
