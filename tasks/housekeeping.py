"""What the house does for itself."""

import logging
from pathlib import Path

from beat_schedule import RunContext, housekeeping

#: Where tasks may leave files that nobody needs for long; below the project's folder.
TEMPORARY = ".hookbeat/tmp"

log = logging.getLogger(__name__)


def heartbeat() -> None:
    """Log one line: as long as it comes, beat, Redis and worker are all alive."""
    log.info("heartbeat.sounded")


def clean(context: RunContext) -> None:
    """Take from the record what is older than the settings keep."""
    housekeeping.clean(context)


def remove_temporary_files(context: RunContext, older_than: str = "1d") -> None:
    """Remove what nobody has written to for so long where tasks leave what is not to stay."""
    Path(TEMPORARY).mkdir(parents=True, exist_ok=True)
    housekeeping.remove_old_files(context, TEMPORARY, older_than)
