"""How long the runs of an entry took, as they were measured."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import Run
from .watched import CALLED

#: Of one entry so many of its newest runs are looked at.
NEWEST = 100


def durations_of(session: Session, keys: Iterable[str]) -> dict[str, list[float]]:
    """Of each entry the seconds that its last runs took, the last one last; none of one without.

    Of those whose task was called; a run of several attempts counts with its last one.
    """
    found = {key: _seconds(session, key) for key in keys}
    return {key: seconds for key, seconds in found.items() if seconds}


def _seconds(session: Session, key: str) -> list[float]:
    newest = (
        select(Run.started_at, Run.finished_at, Run.outcome)
        .where(Run.entry == key, Run.finished_at.is_not(None))
        .order_by(Run.finished_at.desc())
        .limit(NEWEST)
    )
    return [
        max((row.finished_at - row.started_at).total_seconds(), 0.0)
        for row in session.execute(newest)
        if row.outcome in CALLED
    ][::-1]
