"""Signs of life: one statement for all the runs of a worker."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .models import Run, RunState


def sign_of_life(session: Session, owned: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> None:
    """Raise the beat of these runs, pairs of run and token, where they are still under way.

    One whose row is locked is left out, as it is just ending: it would hold up all the others.
    """
    runs, tokens = zip(*owned, strict=True)
    alive = (
        select(Run.id)
        .where(Run.id.in_(runs), Run.attempt_token.in_(tokens), Run.state == RunState.RUNNING)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(Run)
        .where(Run.id.in_(alive))
        .values(beat=Run.beat + 1)
        .execution_options(synchronize_session=False)
    )
