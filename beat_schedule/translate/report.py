"""What is wrong, collected while we go on looking."""

import reprlib
from dataclasses import dataclass, field

from beat_schedule.errors import HookbeatError, Problem

#: How a warning begins about what only running a module would tell.
UNREAD = "not checked"


@dataclass(frozen=True, slots=True)
class Unknown:
    """Stands for a value that only running the module would tell."""

    line: int
    #: What stands there instead of a literal: `a call`, `a comprehension`.
    what: str


class RefusedError(HookbeatError):
    """A value that cannot be used; becomes a problem at the place where it stands."""

    def __init__(self, reason: str, cure: str = "") -> None:
        self.reason = reason
        self.cure = cure
        super().__init__(reason)


class UnknownError(HookbeatError):
    """A value that cannot be judged without running the module."""

    def __init__(self, unknown: Unknown) -> None:
        self.unknown = unknown
        super().__init__(f"line {unknown.line} has {unknown.what}")


@dataclass(frozen=True, slots=True)
class Report:
    """Every complaint so far; only `problems` keep an entry from running."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def problem(self, place: str, reason: str, cure: str = "") -> None:
        _once(self.problems, Problem(place, reason, cure))

    def warning(self, place: str, reason: str, cure: str = "") -> None:
        _once(self.warnings, Problem(place, reason, cure))

    def not_checked(self, place: str, unknown: Unknown) -> None:
        self.warning(place, f"{UNREAD}: line {unknown.line} has {unknown.what}")


def _once(said: list[Problem], problem: Problem) -> None:
    """A bad expression is told once, not once for each handler under it."""
    if problem not in said:
        said.append(problem)


def known(value: object) -> object:
    """The value itself; raises UnknownError where only running the module would tell it."""
    if isinstance(value, Unknown):
        raise UnknownError(value)
    return value


def shown(value: object) -> str:
    """The value as a person would type it, cut where it is long."""
    return _SHORT.repr(value)


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80
