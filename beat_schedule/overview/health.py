"""Whether one process does its work, as its supervisor asks: why not, or nothing."""

from collections.abc import Iterable
from datetime import timedelta

from beat_schedule.brokers import PATIENCE, client_of, told
from beat_schedule.dispatch.operator import Sight
from beat_schedule.settings import Settings
from beat_schedule.workers import Workers

#: To be restarted for a pass that takes long would help nobody.
LAST_PASS = timedelta(minutes=1)


def of_beat(sights: Iterable[Sight], host: str, clocks: Iterable[str] = ()) -> str:
    """A beat of that machine shows itself and, if it leads, its passes move the cursor.

    One of each of these clocks; where none is named, of whichever: it may stand for some of them.
    """
    alive = [(sight, beat) for sight in sights for beat in sight.living if beat.card.host == host]
    stood_for = {sight.clock for sight, _ in alive}
    for clock in clocks:
        if clock not in stood_for:
            return f"no beat on {host} shows itself that stands for the clock {clock}"
    if not alive:
        return f"no beat on {host} shows itself"
    for sight, beat in alive:
        behind = sight.now - sight.cursor if sight.cursor else timedelta(0)
        if beat == sight.leader and behind > LAST_PASS:
            return f"it leads, and its last pass was {behind // timedelta(seconds=1)} s ago"
    return ""


def of_worker(settings: Settings, host: str) -> str:
    """A worker of that machine shows itself; raises BrokerError."""
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        workers = Workers(client, settings.prefix).seen()
    if any(worker.is_alive for worker in workers if worker.card.host == host):
        return ""
    return f"no worker on {host} shows itself"
