"""Everything that is to run and does not: in the queues, sent and not started, owed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from beat_schedule.actions.queued import Group, grouped, messages_in, queue_names
from beat_schedule.brokers import PATIENCE, client_of, told
from beat_schedule.clock import Clock
from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.values import Owing
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError, StoreError
from beat_schedule.settings import Settings
from beat_schedule.store.reading import reader_of
from beat_schedule.store.unstarted import Unstarted, unstarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """As of one moment; None is what could not be asked, and `away` says why."""

    now: datetime
    queued: Sequence[Group] | None
    unstarted: Sequence[Unstarted] | None
    owing: Mapping[str, Owing] | None
    away: Sequence[str] = ()


def pending_of(settings: Settings, entries: Iterable[Entry], clock: Clock) -> Pending:
    """Ask Redis and the record; what does not answer is left out, and said to be away."""
    away = []
    now, queued, owing, sent = clock.now(), None, None, None
    try:
        with told(settings), client_of(settings, timeout=PATIENCE) as client:
            operator = Operator(client, settings.prefix)
            sights = [operator.look(), *operator.look_at_others()]
            owing = {entry: owed for each in sights for entry, owed in each.owing.items()}
            names = queue_names(client, settings, entries)
            queued = grouped(messages_in(client, settings.prefix, names))
            now = sights[0].now
    except BrokerError as error:
        away.append(str(error))
    try:
        with reader_of(settings) as session:
            sent = unstarted(session)
    except StoreError as error:
        away.append(str(error))
    return Pending(now=now, queued=queued, unstarted=sent, owing=owing, away=away)
