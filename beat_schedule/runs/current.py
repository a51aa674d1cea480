"""The run under way here: what lets a function know whether it is called by a run, or plainly."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from .context import RunContext


@dataclass(frozen=True, slots=True)
class Current:
    """A run, and what it calls."""

    context: RunContext
    function: Callable[..., Any]


_current: ContextVar[Current | None] = ContextVar("hookbeat_current", default=None)


@contextmanager
def carried_out(context: RunContext, function: Callable[..., Any]) -> Iterator[None]:
    """The run of `context` calls `function` meanwhile, in this thread."""
    token = _current.set(Current(context, function))
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Current | None:
    """The run that this code is part of; None outside of any, and in threads of its own."""
    return _current.get()
