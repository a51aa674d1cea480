"""Runs that were sent and are no due time: in their rows they wait to be taken.

So they can be found, cancelled, and sent again if their message is lost; no beat decided them, and
no other table knows them.
"""

from sqlalchemy.orm import Session

from .gate import RUNS, row_of
from .models import RunState
from .runs import Opening
from .upsert import dialect_of, insert_or_nothing


def await_start(session: Session, opening: Opening) -> bool:
    """Give a run that was just sent its row; False if a worker was quicker."""
    insert = insert_or_nothing(dialect_of(session), RUNS, "id")
    waits = {
        "state": RunState.WAITING,
        "attempt": 0,
        "not_before": opening.queued_at,
        "has_message": True,
    }
    return session.scalar(insert, row_of(opening) | waits) is not None
