"""The HTTP client of a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Seconds in which a connection must stand, and in which a server must say something.
CONNECT = 5.0
ANSWER = 30.0


@contextmanager
def http_client(_context: Any) -> Iterator[Any]:
    """An `httpx.Client` that gives up on a silent server, and is closed after the run."""
    # It takes a tenth of a second, and few runs ask for it.
    import httpx  # noqa: PLC0415

    with httpx.Client(timeout=httpx.Timeout(ANSWER, connect=CONNECT)) as client:
        yield client
