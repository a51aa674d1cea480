"""Everything that can go wrong, as one tree, and the form in which we complain.

HookbeatError
├── ProblemsError
│   ├── SettingsError    the environment says something we cannot honour
│   ├── HooksError       a hooks module says something we cannot honour
│   └── EntryError       an operator says something of an entry that we cannot honour
│       └── EntryConflictError  we could, but for what there is
├── ScheduleError        an expression or interval has no meaning (also a ValueError)
├── StoreError           the database cannot be used as it is
│   ├── RecordAwayError  it cannot be asked now; later it may
│   └── OtherInstallError  it is the record of another Redis than ours
├── BrokerError          Redis cannot be used as it is
├── NotProvidedError     a task asks for what nobody provides
└── NotFoundError        nobody knows an entry or a run of that name
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CAUSE, _CONTEXT = (vars(BaseException)[name] for name in ("__cause__", "__context__"))


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint: where, what is wrong, and what to do about it."""

    place: str
    reason: str
    cure: str = ""

    def __str__(self) -> str:
        said = f"{self.place}: {self.reason}"
        return f"{said} ({self.cure})" if self.cure else said


class HookbeatError(Exception):
    """The root of the tree: what a command line shows without a traceback."""


class ProblemsError(HookbeatError):
    """Carries every problem that was found, so that one look mends them all."""

    headline = "this cannot be used"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = tuple(problems)
        listed = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"{self.headline}:\n{listed}")


class SettingsError(ProblemsError):
    """The environment (or `[tool.hookbeat]`) holds values that cannot be used."""

    headline = "the settings cannot be used"


class HooksError(ProblemsError):
    """`scheduler_events` cannot be translated."""

    headline = "the hooks cannot be scheduled"


class EntryError(ProblemsError):
    """What an operator says of an entry cannot be meant."""

    headline = "the entry cannot be so"


class EntryConflictError(EntryError):
    """It could be meant, but for what there is: a name that is taken, too many entries."""


class ScheduleError(HookbeatError, ValueError):
    """An expression or an interval that has no meaning."""


class StoreError(HookbeatError):
    """The database cannot be used as it is; the message says what to do."""


class RecordAwayError(StoreError):
    """The record cannot be asked now: its database is away, locked or without our tables."""


class OtherInstallError(StoreError):
    """What is to be written comes from a Redis to which this database does not belong."""


class BrokerError(HookbeatError):
    """Redis cannot be used as it is; the message says what to do."""


class NotProvidedError(HookbeatError):
    """A run was asked for what nobody provides."""


class NotFoundError(HookbeatError):
    """Nobody knows an entry or a run of that name."""


def cause_of(error: BaseException) -> BaseException | None:
    """What it says that it comes from, without asking its class: that is anybody's code."""
    cause: BaseException | None = _CAUSE.__get__(error)
    return cause


def context_of(error: BaseException) -> BaseException | None:
    """What was being handled when it was raised, in the same way."""
    context: BaseException | None = _CONTEXT.__get__(error)
    return context


def suggestion(word: str, known: Iterable[str]) -> str:
    """`did you mean 'daily'?` for the nearest of `known`, or an empty string.

    Of entries' keys one of the task of that path is nearest.
    """
    known = list(known)
    its_own = [each for each in known if each.startswith(f"{word}@")]
    nearest = its_own or difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {nearest[0]!r}?" if nearest else ""
