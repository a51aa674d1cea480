"""The end of an attempt, and of a run: writes by compare-and-set, in the caller's session.

A row can be changed only by who holds the token with which its attempt was opened, or by who saw
that its owner has died.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from beat_schedule.plain import plain, plain_text

from .models import Attempt, Outcome, Run, RunLine, RunState
from .runs import Again, Ending, Line, Standing

_RUNS: Table = Run.metadata.tables[Run.__tablename__]

#: Built once: to build and to hash it takes longer than to carry it out.
_CLOSE = (
    update(_RUNS)
    .where(
        _RUNS.c.id == bindparam("its_id"),
        _RUNS.c.attempt_token == bindparam("its_token"),
        _RUNS.c.state == RunState.RUNNING,
    )
    .returning(_RUNS.c.id)
)


def close_run(
    session: Session | Connection, run_id: uuid.UUID, token: uuid.UUID, ending: Ending
) -> bool:
    """End a run that this token still owns; False when it is not ours or not open."""
    owner = {"its_id": run_id, "its_token": token}
    return session.scalar(_CLOSE, _ended(ending) | owner) is not None


def end_attempt(
    session: Session, run_id: uuid.UUID, token: uuid.UUID, ending: Ending, again: Again
) -> Outcome | RunState | None:
    """End an attempt that went wrong; None when the run is not ours.

    It waits for another attempt while fewer than `again.times` went wrong in the same way, else it
    has this outcome.
    """
    row = _owned(session, run_id, token)
    if row is None:
        return None
    is_lost = ending.outcome is Outcome.LOST
    if (row.lost_count if is_lost else row.failed_count) >= again.times:
        _change(row, _ended(ending))
        return ending.outcome
    keep_attempt(session, row, str(ending.outcome), ending)
    if is_lost:
        row.lost_count += 1
    else:
        row.failed_count += 1
    _change(row, _waiting(ending.reason or ending.error or "", again.not_before))
    return RunState.WAITING


def give_back(
    session: Session,
    run_id: uuid.UUID,
    token: uuid.UUID,
    ending: Ending,
    not_before: datetime,
    *,
    has_message: bool = False,
) -> bool:
    """Let go of a run that goes on in another attempt; False when it is not ours.

    `has_message` says that somebody sent a message for that attempt already.
    """
    row = _owned(session, run_id, token)
    if row is None:
        return False
    keep_attempt(session, row, "given back", ending)
    _change(row, _waiting(ending.reason or "", not_before) | {"has_message": has_message})
    return True


def keep_attempt(session: Session, row: Run, how: str, ending: Ending) -> None:
    """Write down the attempt that stands in the row, before another takes its place."""
    session.add(
        Attempt(
            run_id=row.id,
            number=row.attempt,
            worker=row.worker,
            started_at=row.started_at,
            ended_at=ending.finished_at,
            ending=how,
            reason=plain_text(ending.reason),
            error=plain_text(ending.error),
            traceback=plain_text(ending.traceback),
        )
    )


def add_lines(session: Session, run_id: uuid.UUID, lines: Sequence[Line], attempt: int = 0) -> None:
    """Keep what a run said, after what earlier attempts said: the first (1) has none before it."""
    if not lines:
        return
    last = None
    if attempt != 1:
        number = RunLine.number
        said = select(number).where(RunLine.run_id == run_id).order_by(number.desc())
        last = session.scalar(said.limit(1))
    _insert_lines(session, run_id, enumerate(lines, start=0 if last is None else last + 1))


def standing(session: Session, run_id: uuid.UUID) -> Standing | None:
    """Who holds a run's row, and how it stands; None when there is no such run."""
    stands = select(Run.attempt_token, Run.state, Run.outcome).where(Run.id == run_id)
    row = session.execute(stands).one_or_none()
    return Standing(*row) if row else None


def _owned(session: Session, run_id: uuid.UUID, token: uuid.UUID) -> Run | None:
    return session.scalar(select(Run).where(*_is_owned(run_id, token)).with_for_update())


def _is_owned(run_id: uuid.UUID, token: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return Run.id == run_id, Run.attempt_token == token, Run.state == RunState.RUNNING


def _ended(ending: Ending) -> dict[str, Any]:
    done, total = ending.progress or (None, None)
    return {
        "progress_done": done,
        "progress_total": total,
        "state": RunState.ENDED,
        "outcome": ending.outcome,
        "finished_at": ending.finished_at,
        "reason": plain_text(ending.reason),
        "error": plain_text(ending.error),
        "traceback": plain_text(ending.traceback),
        "fingerprint": ending.fingerprint,
        "counts": plain(dict(ending.counts)),
        "slot": None,
        "not_before": None,
    }


def _waiting(reason: str, not_before: datetime) -> dict[str, Any]:
    # The slot stays: the run has not ended.
    return {"state": RunState.WAITING, "reason": plain_text(reason), "not_before": not_before}


def _change(row: Run, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _insert_lines(session: Session, run_id: uuid.UUID, lines: Iterable[tuple[int, Line]]) -> None:
    rows = [
        {
            "run_id": run_id,
            "number": number,
            "at": line.at,
            "level": line.level,
            "text": plain_text(line.text),
        }
        for number, line in lines
    ]
    session.execute(insert(RunLine), rows)
