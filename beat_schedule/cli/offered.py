"""The names that people type, each with what a shell may show beside it.

Answered soon or not at all: whatever is raised here, a shell offers nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta

from beat_schedule.actions.finding import events_of
from beat_schedule.brokers import client_of, told
from beat_schedule.dispatch.operator import Operator
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError
from beat_schedule.keys import MAIN
from beat_schedule.settings import Settings
from beat_schedule.translate import load

#: Of Redis: somebody waits with a finger on the key.
PATIENCE = timedelta(milliseconds=500)

Offer = Mapping[str, str]


def entries(settings: Settings) -> Offer:
    """By their keys: those that beats stand for; without any, those of the code."""
    with suppress(BrokerError), _redis(settings) as operator:
        if in_force := operator.declared():
            return _names(in_force)
    return _names(entry.key for entry in _declared(settings))


def tasks(settings: Settings) -> Offer:
    """Those that the code has entries of."""
    return _names(entry.task for entry in _declared(settings))


def events(settings: Settings) -> Offer:
    return _names(events_of(_declared(settings)))


def queues(settings: Settings) -> Offer:
    """Those that are declared, and those of clocks that were seen."""
    found = {
        name: f"{limit.total_seconds():.0f} s a run"
        for name, limit in settings.queue_timeouts.items()
    }
    with suppress(BrokerError), _redis(settings) as operator:
        return {clock: "a clock's" for clock in operator.clocks() if clock != MAIN} | found
    return found


def _names(found: Iterable[str]) -> Offer:
    return dict.fromkeys(sorted(set(found)), "")


def _declared(settings: Settings) -> Collection[Entry]:
    """From the hooks as text; only where that does not tell all is anything imported."""
    read = load(settings, imports=False)
    return (read if read.is_whole else load(settings)).entries


@contextmanager
def _redis(settings: Settings) -> Iterator[Operator]:
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        yield Operator(client, settings.prefix)
