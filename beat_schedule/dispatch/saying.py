"""What a pass says of what it sent."""

from collections.abc import Mapping
from datetime import datetime

from beat_schedule import logs

#: Beyond this many in one pass they are counted in the log, not named.
MOST_NAMED = 20

log = logs.logger("hookbeat.beat")


def tell_sent(sent: Mapping[str, int], now: datetime) -> None:
    """By entry, how many messages went out."""
    named = {key: count for key, count in sent.items() if count}
    if len(named) > MOST_NAMED:
        log.info("occurrences.sent", entries=len(named), count=sum(named.values()))
        return
    for key, count in named.items():
        log.info("occurrence.sent", entry=key, count=count, at=now.isoformat())
