"""The table of holds."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from beat_schedule.decisions import Hold
from beat_schedule.plain import plain_text

from . import models
from .revision import bump
from .upsert import insert_into


def every_hold(session: Session) -> list[Hold]:
    """Every hold there ever was of a target, as it stands; also one that has ended."""
    return [_hold(row) for row in session.scalars(select(models.Hold).order_by(models.Hold.target))]


def keep_holds(session: Session, holds: Sequence[Hold]) -> None:
    """Write them down where they are newer than what stands."""
    if not holds:
        return
    insert = insert_into(session, models.Hold)
    newer = insert.on_conflict_do_update(
        index_elements=[models.Hold.target],
        set_={column.name: column for column in insert.excluded if column.name != "target"},
        where=insert.excluded.version > models.Hold.version,
    )
    session.execute(newer, [_held(hold) for hold in holds])
    bump(session)


def _held(hold: Hold) -> dict[str, Any]:
    return {
        "target": plain_text(hold.target),
        "kind": hold.kind,
        "since": hold.since,
        "until": hold.until,
        "held_by": plain_text(hold.by),
        "why": plain_text(hold.why),
        "version": hold.version,
    }


def _hold(row: models.Hold) -> Hold:
    return Hold(
        target=row.target,
        kind=row.kind,
        since=row.since,
        until=row.until,
        by=row.held_by,
        why=row.why,
        version=row.version,
    )
