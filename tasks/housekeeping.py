"""What the house does for itself."""

import logging

from beat_schedule import RunContext, housekeeping

log = logging.getLogger(__name__)


def heartbeat() -> None:
    """Log one line: as long as it comes, beat, Redis and worker are all alive."""
    log.info("heartbeat.sounded")


def clean(context: RunContext) -> None:
    """Take from the record what is older than the settings keep."""
    housekeeping.clean(context)
