"""What our decorators leave on a function, for those who look at it and do not call it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from celery import Task

from beat_schedule.translate.functions import function_at
from beat_schedule.translate.report import RefusedError

#: The attribute of a decorated function. Other people's decorators copy it to their own.
_MARKS = "hookbeat_marks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What decorators ask for a function."""

    #: What they decorate.
    function: Callable[..., Any]
    takes_context: bool = False
    is_logged: bool = False
    #: Logged by what stands below somebody else's decorator.
    is_logged_below: bool = False
    #: Names, the outermost first.
    features: tuple[str, ...] = ()
    #: In words, which order of decorators is broken.
    disorder: str = ""

    @property
    def tells(self) -> bool:
        """Whether whoever keeps it from being called is to say so in the standard line."""
        return self.is_logged or self.is_logged_below


def marks_of(function: Any) -> Marks | None:
    """Also of a function that others have decorated once more."""
    found = getattr(function, _MARKS, None)
    return found if isinstance(found, Marks) else None


def is_ours(function: Any) -> bool:
    """Whether it was made by our decorators, and not only copied from what they made."""
    marks = marks_of(function)
    return marks is not None and getattr(function, "__wrapped__", None) is marks.function


def mark(function: Callable[..., Any], marks: Marks) -> None:
    setattr(function, _MARKS, marks)


@cache
def marks_at(path: str) -> Marks | None:
    """Of the function, or the Celery task, of that dotted path."""
    try:
        found = function_at(path)
    except RefusedError:
        return None
    return marks_of(found.run if isinstance(found, Task) else found)


def required_by(path: str) -> tuple[str, ...]:
    """The features that the function itself requires."""
    marks = marks_at(path)
    return marks.features if marks else ()
