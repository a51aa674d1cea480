"""What a run gives to the function that it calls."""

import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from functools import partial
from typing import Any, Protocol

from sqlalchemy.orm import Session
from structlog.typing import FilteringBoundLogger

from beat_schedule.clock import Clock
from beat_schedule.errors import NotProvidedError
from beat_schedule.features import Features
from beat_schedule.plain import BITS
from beat_schedule.settings import Settings
from beat_schedule.signals import RunInfo
from beat_schedule.translate.annotations import full_name
from beat_schedule.translate.offer import Offer

from .http import http_client
from .lazy_mailer import LazyMailer
from .providers import MAILER, Providers
from .supplies import Supplies


class Mailer(Protocol):
    """Sends mail; the house decides how (`worker/mail.py` here)."""

    def send(self, message: EmailMessage) -> None:
        """Hand one message over; raises what the house's mailer documents."""


def _nobody() -> Any:
    raise NotProvidedError("nobody provides a mailer")


#: Stands where no mailer was given: the providers' is meant.
_PROVIDED = LazyMailer(_nobody)

#: What a function may ask for that the context has itself.
_OWN = frozenset({"session", "settings", "features", "log", "due_at", "run", "clock", MAILER})


def _to_nobody(_done: int, _total: int | None) -> None:
    pass


@dataclass(kw_only=True)
class RunContext:
    """One run's surroundings; a task takes it as a parameter named `context` or annotated so."""

    run_id: uuid.UUID
    #: Key of the entry, or the task's dotted path when it was called without one.
    entry: str
    #: The logical date: the due time this run is for, aware, in UTC.
    due_at: datetime
    attempt: int
    #: The task's own session, committed when it returns, rolled back when it raises.
    session: Session
    settings: Settings
    clock: Clock
    log: FilteringBoundLogger
    #: What the house lets its tasks ask for.
    providers: Providers = field(default_factory=Providers)
    #: Built by its provider when it is first used.
    mailer: Mailer = _PROVIDED
    #: As they stood when the run began.
    features: Features = field(default_factory=Features)
    counts: dict[str, int | float | str] = field(default_factory=dict)
    #: Shows how far the run is while it is under way.
    progress_to: Callable[[int, int | None], None] = field(default=_to_nobody, repr=False)
    #: What was said last of how far it is.
    progress_made: tuple[int, int | None] | None = field(default=None, init=False)
    #: What was built for the function; whoever calls it enters and leaves them.
    supplies: Supplies = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.supplies = Supplies({"http": http_client, **self.providers.builds}, self)
        if self.mailer is _PROVIDED:
            self.mailer = LazyMailer(partial(self.supplies.value, MAILER))

    @property
    def run(self) -> RunInfo:
        """Which run this is, as a value."""
        return RunInfo(id=self.run_id, entry=self.entry, due_at=self.due_at, attempt=self.attempt)

    @property
    def offer(self) -> Offer:
        """What a function may ask for."""
        return self.providers.offer

    def ask_for(self, what: type | str) -> Any:
        """What a parameter annotated with this class, or of this name, would get.

        Raises NotProvidedError where nobody provides it, and whatever building it raises.
        """
        offer = self.offer
        if isinstance(what, type):
            what, offered = full_name(what), offer.classes
        else:
            offered = offer.names
        if what not in offered:
            raise NotProvidedError(f"nobody provides {what}: HOOKBEAT_PROVIDERS names who does")
        return self.give(offered[what])

    def give(self, key: str) -> Any:
        """What the offer has under this key; raises as `ask_for`."""
        if key == "context":
            return self
        return getattr(self, key) if key in _OWN else self.supplies.value(key)

    def progress(self, done: int, total: int | None = None) -> None:
        """Say how far the run is: `context.progress(30, 100)`, `context.progress(30)`.

        Seen while it runs, at most once a second, and when it has ended. Raises TypeError or
        ValueError for what is no count.
        """
        self.progress_made = position(done, total)
        self.progress_to(*self.progress_made)

    def report(self, **counts: float | str) -> None:
        """Put counts into the run's record: `context.report(sent=3, failed=0)`.

        Raises TypeError or ValueError for what no record can hold.
        """
        self.counts.update({name: _storable(name, count) for name, count in counts.items()})


def position(done: Any, total: Any) -> tuple[int, int | None]:
    """How far a run is, as the record can hold it; raises as `progress`."""
    return _count("done", done), None if total is None else _count("total", total)


def _count(name: str, number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool):
        kind = type(number).__name__
        raise TypeError(f"progress() takes a whole number for {name}, not {kind}")
    if number < 0 or number.bit_length() >= BITS:
        raise ValueError(f"progress() takes no {name} below 0, or above 2**63 - 1")
    return number


def _storable(name: str, count: Any) -> int | float | str:
    if not isinstance(count, int | float | str):
        reason = f"report({name}=…) takes a number or a text, not {type(count).__name__}"
        raise TypeError(reason)
    if isinstance(count, float) and not math.isfinite(count):
        raise ValueError(f"report({name}=…) takes no {count}")
    if isinstance(count, int) and count.bit_length() >= BITS:
        try:
            return str(count)
        except ValueError:
            raise ValueError(f"report({name}=…) takes no number of so many digits") from None
    return count
