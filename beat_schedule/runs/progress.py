"""Showing how far a run is while it is under way; no run waits for it, and none is harmed."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session
from structlog.typing import FilteringBoundLogger

from beat_schedule.clock import Clock
from beat_schedule.store.engine import Sessions, make_fleeting_engine, make_sessions
from beat_schedule.store.models import Run, RunState

#: Seconds between two writes.
EVERY = 1.0

#: How long PostgreSQL may let us wait for the row, and for all of it.
_PATIENCE = text(
    "SELECT set_config('lock_timeout', '200ms', true), set_config('statement_timeout', '1s', true)"
)


class Progress:
    """Writes down how far one attempt of a run is, in transactions of its own.

    The task's own session is not used: what it wrote so far is nobody else's to commit. On SQLite
    that very session may keep all others from writing; then nobody sees it until the end.
    """

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        run_id: uuid.UUID,
        token: uuid.UUID,
        log: FilteringBoundLogger,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._run_id = run_id
        self._token = token
        self._log = log
        self._next_at: float | None = None
        self._is_unseen = False

    def __call__(self, done: int, total: int | None) -> None:
        """Write it, unless the last time was less than a second ago."""
        now = self._clock.monotonic()
        if self._next_at is not None and now < self._next_at:
            return
        self._next_at = now + EVERY
        try:
            self._write(done, total)
        except SQLAlchemyError as error:
            self._complain(error)

    def _write(self, done: int, total: int | None) -> None:
        change = (
            update(Run)
            .where(
                Run.id == self._run_id,
                Run.attempt_token == self._token,
                Run.state == RunState.RUNNING,
            )
            .values(progress_done=done, progress_total=total)
            .execution_options(synchronize_session=False)
        )
        with self._session() as session:
            session.execute(change)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """One that gives up at once where somebody is in its way."""
        engine: Engine = self._sessions.kw["bind"]
        if engine.dialect.name == "sqlite":
            url = engine.url.render_as_string(hide_password=False)
            with make_sessions(make_fleeting_engine(url)).begin() as session:
                yield session
            return
        with self._sessions.begin() as session:
            session.execute(_PATIENCE)
            yield session

    def _complain(self, error: SQLAlchemyError) -> None:
        """Once: the next may be seen again."""
        is_locked = isinstance(error, OperationalError) and "locked" in str(error.orig)
        if not (is_locked or self._is_unseen):
            self._is_unseen = True
            self._log.warning("progress.unseen", reason=str(getattr(error, "orig", error)).strip())
