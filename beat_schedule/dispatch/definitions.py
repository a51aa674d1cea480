"""What operators say of entries, as one beat follows it: by what changed, not by what there is."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeAlias

from beat_schedule import logs
from beat_schedule.decisions import Definition, EntryKind
from beat_schedule.errors import EntryError, Problem

from .defining import AT_ONCE, Defining
from .periodic import PeriodicEntry

#: By key, an entry as it is from now on; None for one that is no more.
Changes: TypeAlias = Mapping[str, PeriodicEntry | None]

#: Makes entries of what operators say; raises HookbeatError for what cannot be meant, such as a new
#: entry of a key that the code declares by now. None where nothing is to be made of it.
Maker: TypeAlias = Callable[[Definition], PeriodicEntry | None]

log = logs.logger("hookbeat.beat")


class Definitions:
    """Reads what is new in Redis. What the code declares stands wherever nothing else is said.

    What cannot be meant leaves an entry as the code says, and is logged once. Entries that no code
    declares are one beat's alone, of all clocks: who `takes_new`.
    """

    def __init__(
        self,
        declared: Mapping[str, PeriodicEntry],
        make: Maker | None = None,
        *,
        takes_new: bool = True,
    ) -> None:
        self._declared = declared
        self._make = make
        self._takes_new = takes_new
        #: Up to where we have read; None before the first time.
        self._place: float | None = None
        #: By key, the version that we know.
        self._versions: dict[str, int] = {}
        #: By key, why an entry that somebody made cannot be.
        self._left_out: dict[str, Problem] = {}

    @property
    def may_be_new(self) -> bool:
        """Whether entries that somebody makes are this beat's."""
        return self._make is not None and self._takes_new

    def left_out(self) -> Collection[Problem]:
        """Which entries that somebody made cannot be, and why: for any thread.

        Those of one task are told of as one: there may be very many.
        """
        # Copied first: the passes change it meanwhile.
        there = list(self._left_out.values())
        return set(there)

    def changes(self, state: Defining) -> Changes:
        """What is otherwise since this was asked last; raises redis-py's errors."""
        if self._make is None:
            return {}
        # Of all there is not the last place in the end: more may be said while we read.
        place, found = (
            (state.last_definition(), state.every_definition())
            if self._place is None
            else state.defined_since(self._place)
        )
        versions: dict[str, int] = {}
        changes: dict[str, PeriodicEntry | None] = {}
        for said in found:
            if self._versions.get(said.key, 0) < said.version:
                versions[said.key] = said.version
                changes[said.key] = self._entry(said, self._make)
        self._place = place
        self._versions |= versions
        return changes

    def doubt(self) -> None:
        """Read everything once more the next time.

        This Redis may have been wiped or have gone back since, under a clock that was behind: then
        something may be new at a place before ours.
        """
        self._place = None

    def _entry(self, said: Definition, make: Maker) -> PeriodicEntry | None:
        self._left_out.pop(said.key, None)
        declared = self._declared.get(said.key)
        is_new = said.kind is EntryKind.ENTRY and self._takes_new
        if said.options is None or (declared is None and not is_new):
            return declared
        try:
            return make(said) or declared
        except Exception as error:  # noqa: BLE001 -- it stops no other
            cure = f"hookbeat entry show {said.key}"
            log.error("entry.left_out", place=said.key, reason=str(error), cure=cure)  # noqa: TRY400
            if is_new:
                self._left_out[said.key] = _problem_of(said, error)
            return declared


def _problem_of(said: Definition, error: Exception) -> Problem:
    task = (said.options or {}).get("task")
    reason = error.problems[0].reason if isinstance(error, EntryError) else str(error)
    cure = "`hookbeat entry list --made` shows each of them, with what to do"
    return Problem(f"made at run time of {task}", reason, cure)


class Source(Protocol):
    """What the record knows; raises RecordAwayError."""

    def definitions(self, after: int, most: int) -> Sequence[Definition]:
        """What was said later than that version, in order."""


def bring(state: Defining, record: Source) -> None:
    """Bring into Redis what the record has newer; mostly nothing.

    Each action does so by itself; but Redis may have been away then, or wiped since.
    """
    while found := record.definitions(known := state.defined_upto(), AT_ONCE):
        state.define(found, known)
