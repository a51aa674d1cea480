"""A mailer that is built when it is first asked for: most runs send no mail."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any


class LazyMailer:
    """Stands for the house's mailer."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._built: Any = None

    def send(self, message: EmailMessage) -> None:
        self._mailer.send(message)

    def __getattr__(self, name: str) -> Any:
        """What the house's mailer can do beyond the protocol."""
        return getattr(self._mailer, name)

    @property
    def _mailer(self) -> Any:
        if self._built is None:
            self._built = self._build()
        return self._built
