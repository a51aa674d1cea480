"""Calls of URLs that somebody watches, as Healthchecks.io has them: quick, and they harm nobody."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from beat_schedule import logs

#: Seconds to connect, and between two parts of an answer.
TIMEOUT = 5.0

#: How often a URL is called until it answers.
TRIES = 2

#: Bytes of a text: Healthchecks.io keeps no more.
LONGEST = 10_000

#: What an answer says that may be another the next time.
_FOR_NOW = {408, 425, 429, *range(500, 600)}


class Pinger:
    """Calls URLs over connections of its own; belongs to one process and one thread."""

    def __init__(self, timeout: float = TIMEOUT) -> None:
        # The last that a call would import: then a fork in the middle of one breaks no module.
        "ä".encode("idna")
        self._client = httpx.Client(
            timeout=timeout,
            follow_redirects=True,
            headers={"User-Agent": "hookbeat"},
        )
        #: Whose URL fails, and it was said.
        self._failing: set[str] = set()

    def ping(self, whose: str, url: str, text: str | None = None) -> str:
        """GET, or POST of a text; why it failed, where that is to be said.

        It is once, until it goes well again; else, and where it goes well, nothing is.
        """
        reason = self._called(url, text)
        is_news = whose not in self._failing
        if reason:
            self._failing.add(whose)
        else:
            self._failing.discard(whose)
        return reason if is_news else ""

    def close(self) -> None:
        self._client.close()

    def _called(self, url: str, text: str | None) -> str:
        """Why it failed every time; nothing where it went well."""
        reason = ""
        # It says at each call which URL it was.
        with logs.overheard("httpx"):
            for _ in range(TRIES):
                try:
                    status = self._status(url, text)
                except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
                    reason = f"{type(error).__name__}: {error}"
                    continue
                reason = "" if httpx.codes.is_success(status) else f"it answered {status}"
                if status not in _FOR_NOW:
                    break
        return reason

    def _status(self, url: str, text: str | None) -> int:
        told: dict[str, Any] = {"method": "GET"}
        if text is not None:
            told = {"method": "POST", "content": text.encode(errors="replace")[:LONGEST]}
        # Whatever else it answers is not read.
        with self._client.stream(url=url, **told) as answer:
            return answer.status_code


def ping_url(url: str, signal: str = "", **query: str) -> str:
    """The URL of a signal such as `start`, with more options after its `?`."""
    parts = urlsplit(url)
    path = f"{parts.path.rstrip('/')}/{signal}" if signal else parts.path
    options = "&".join(filter(None, [parts.query, urlencode(query)]))
    return parts._replace(path=path, query=options, fragment="").geturl()
