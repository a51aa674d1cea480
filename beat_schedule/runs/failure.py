"""What a task raised: whether it is one's own failure, and how the record tells it.

An error is the user's code, and asking it for anything may raise: then less is told of it.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import billiard.common

from beat_schedule.plain import plain

from .fingerprint import fingerprint_of
from .verdict import GoesOnError

HERE = Path(__file__).parent

#: Characters that are kept of what a run raised.
LONGEST_ERROR = 4_000
LONGEST_TRACEBACK = 64_000


@dataclass(frozen=True, slots=True)
class Failure:
    """What the record says of an error, without passwords."""

    said: str
    traceback: str
    fingerprint: str | None
    #: In one line, of a task that ended its attempt itself; else empty.
    reason: str = ""


def failure_of(error: BaseException, hide: Callable[[str], str]) -> Failure:
    """Never raises: nothing about an error keeps its attempt from being ended."""
    try:
        reason = error.reason if isinstance(error, GoesOnError) else ""
        return Failure(
            said=said_by(error, hide),
            traceback=traceback_of(error, hide),
            fingerprint=fingerprint_of(error),
            reason=shortened(hide(reason), LONGEST_ERROR),
        )
    except Exception:  # noqa: BLE001 -- anybody's error
        name = type(error).__name__
        return Failure(said=name, traceback=name, fingerprint=None)


def said_by(error: BaseException, hide: Callable[[str], str]) -> str:
    """Its type and its words, without passwords."""
    try:
        said = "".join(traceback.format_exception_only(error)).strip()
    except Exception:  # noqa: BLE001 -- anybody's error
        said = f"{type(error).__name__}: {plain(error)}"
    return shortened(hide(said), LONGEST_ERROR)


def traceback_of(error: BaseException, hide: Callable[[str], str]) -> str:
    """The way to it, from the task's first line on, without passwords."""
    frames = _from_the_task(error.__traceback__)
    try:
        text = "".join(traceback.format_exception(type(error), error, frames))
    except Exception:  # noqa: BLE001 -- anybody's error
        text = "".join(traceback.format_tb(frames)) + said_by(error, hide)
    return shortened(hide(text), LONGEST_TRACEBACK)


def shortened(text: str, longest: int) -> str:
    """Its beginning and its end, with a note between them, if it is longer than that."""
    missing = len(text) - longest
    if missing <= 0:
        return text
    half = longest // 2
    return f"{text[:half]} … {missing} characters were not kept … {text[-half:]}"


def is_a_kill(error: BaseException) -> bool:
    """Whether Celery is ending this process: the pool's handler of a signal raised it."""
    frames = traceback.walk_tb(error.__traceback__)
    return isinstance(error, SystemExit) and any(
        frame.f_code.co_filename == billiard.common.__file__ for frame, _ in frames
    )


def _from_the_task(frames: TracebackType | None) -> TracebackType | None:
    """The traceback without our own frames, which are above the task's in every run."""
    own = frames
    while own and Path(own.tb_frame.f_code.co_filename).parent == HERE:
        own = own.tb_next
    return own or frames
