"""What a beat says of itself to the people who ask who leads and who stands by."""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Any

#: The doubt of a beat that has just begun.
UNHEARD = "Redis has not said yet what time it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Written with every sign of life."""

    host: str = ""
    pid: int = 0
    #: Of Hookbeat.
    version: str = ""
    #: Seconds by which its machine's clock is ahead of Redis's.
    offset: float = 0.0
    #: Why it decides nothing now; empty while it trusts Redis's clock.
    doubt: str = ""
    #: For whom it makes a single pass; empty for a beat that stays.
    by: str = ""

    @classmethod
    def read(cls, text: str) -> "Card":
        """What another beat wrote, perhaps of another version: unknown fields are left out."""
        said = json.loads(text)
        return cls(**{name: said[name] for name in cls.__slots__ if name in said})


def card_of(offset: timedelta, doubt: str, by: str = "") -> Mapping[str, Any]:
    """What the beat in this process says of itself now."""
    return asdict(
        Card(
            host=socket.gethostname(),
            pid=os.getpid(),
            version=version("hookbeat"),
            offset=round(offset / timedelta(seconds=1), 3),
            doubt=doubt,
            by=by,
        )
    )
