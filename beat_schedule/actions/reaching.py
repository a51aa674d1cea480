"""Redis, asked by somebody who waits for the answer."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

import redis

from beat_schedule.brokers import PATIENCE, client_of, told
from beat_schedule.decisions import Hold
from beat_schedule.dispatch.operator import Change, Operator
from beat_schedule.errors import StoreError
from beat_schedule.settings import Settings
from beat_schedule.store.asking import asked
from beat_schedule.store.audit import note
from beat_schedule.store.engine import Sessions, make_fleeting_engine, make_sessions
from beat_schedule.store.journal import Journal

#: How most people reach us, as the audit says it.
BY = "cli"

#: The same for what kombu connects to: one try.
TRANSPORT_OPTIONS = {"max_retries": 0, "socket_connect_timeout": 2, "socket_timeout": 3}


@contextmanager
def operator_of(settings: Settings, *, through: str = BY) -> Iterator[Operator]:
    """The state in Redis, to look at and to change; raises BrokerError where it cannot be.

    `through` says by what way people do.
    """
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        yield _Recording(client, settings, through)


class _Recording(Operator):
    """Writes into the record too what it holds and how far it sets back, where that can be had.

    What is held the leader writes within a second, from the journal; but a Redis that is wiped
    within that second would hold again what was let go. A checkpoint that it wrote never falls.
    """

    def __init__(self, client: redis.Redis, settings: Settings, through: str) -> None:
        super().__init__(client, settings.prefix)
        self._through = through
        self._url = settings.database_url.get_secret_value()

    def hold(self, hold: Hold) -> Hold:
        with self._sessions() as sessions:
            return self._hold(hold, Journal(sessions))

    def _hold(self, hold: Hold, record: Journal) -> Hold:
        with suppress(StoreError):
            # Newer than all that the record knows: Redis may have gone back, and its clock too.
            known = [each.version for each in record.holds()]
            hold = replace(hold, version=max([hold.version, *(each + 1 for each in known)]))
        stands = super().hold(hold)
        with suppress(StoreError):
            record.keep([], [stands], None)
        return stands

    def reset(self, cursor: datetime) -> int:
        moved = super().reset(cursor)
        with suppress(StoreError), self._sessions() as sessions:
            Journal(sessions).set_back(cursor)
        return moved

    def note(self, change: Change) -> None:
        """Into the audit table; while the database is away, the journal alone says who."""
        with suppress(StoreError), self._sessions() as sessions, asked(sessions) as session:
            note(
                session,
                at=self.now(),
                who=change.who,
                by=self._through,
                action=change.action,
                target=change.target,
                why=change.why,
                before=change.before,
                after=change.after,
            )

    @contextmanager
    def _sessions(self) -> Iterator[Sessions]:
        engine = make_fleeting_engine(self._url)
        try:
            yield make_sessions(engine)
        finally:
            engine.dispose()
