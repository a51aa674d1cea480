"""What the house does for itself."""

import logging

log = logging.getLogger(__name__)


def heartbeat() -> None:
    """Log one line: as long as it comes, beat, Redis and worker are all alive."""
    log.info("heartbeat.sounded")
