"""What is in force: what the code declares, with what operators say over it and beside it."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from beat_schedule.decisions import Definition, EntryKind
from beat_schedule.entries import Entry
from beat_schedule.errors import EntryError, Problem
from beat_schedule.keys import MAIN
from beat_schedule.settings import Settings

from .overriding import overridden
from .said import Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The entries as beats have them."""

    #: The code's in their order, then those made at run time.
    entries: tuple[Entry, ...]
    #: By key, what is overridden of those of the code.
    overridden: Mapping[str, Mapping[str, Any]]
    #: The keys of those made at run time.
    made: frozenset[str]
    #: What no longer fits: there the code counts.
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What is known of the code beside its entries."""

    #: The names of the tasks that the app registers; None where nobody looked.
    tasks: Container[str] | None = None
    #: Else more may be declared than these entries, and more registered than these tasks.
    is_read: bool = True


#: What whoever asks for no more goes by.
NOT_LOOKED_AT = Code()


def laid_over(
    declared: Iterable[Entry],
    definitions: Iterable[Definition],
    settings: Settings,
    code: Code = NOT_LOOKED_AT,
) -> Overlay:
    """The code's entries and, of what operators say, all that can be meant."""
    entries = {entry.key: entry for entry in declared}
    settings = with_clocks(settings, entries.values())
    of_code = frozenset(entries)
    # What is said of these goes over to the new keys, and stays for a deploy that is taken back.
    former = former_keys(entries.values())
    overrides: dict[str, Mapping[str, Any]] = {}
    problems: list[Problem] = []
    workshop = Workshop(settings)
    for said in definitions:
        if said.options is None or said.key in former:
            continue
        try:
            declared_too = entries.get(said.key)
            entries[said.key] = entry_in_force(said, declared_too, settings, workshop, code)
        except EntryError as error:
            problems += error.problems
        else:
            if said.kind is EntryKind.OVERRIDE:
                overrides[said.key] = said.options
    return Overlay(
        entries=tuple(entries.values()),
        overridden=overrides,
        made=frozenset(entries) - of_code,
        problems=tuple(problems),
    )


def former_keys(declared: Iterable[Entry]) -> dict[str, str]:
    """By the keys that entries had before, the key of each now."""
    return {name: entry.key for entry in declared for name in entry.policy.formerly}


def with_clocks(settings: Settings, declared: Iterable[Entry]) -> Settings:
    """With the queues of the clocks that declare something: operators may name these too."""
    return settings.having_queues({entry.clock for entry in declared} - {MAIN})


def entry_in_force(
    said: Definition,
    declared: Entry | None,
    settings: Settings,
    workshop: Workshop,
    code: Code = NOT_LOOKED_AT,
) -> Entry:
    """The entry that is meant; raises EntryError for what cannot be, or no longer."""
    options = said.options or {}
    if said.kind is EntryKind.OVERRIDE:
        if declared:
            return overridden(declared, options, settings)
        reason, cure = "no code declares it: its override waits", cure_of_waiting(said.key, code)
    else:
        if declared is None:
            made = workshop.made(said.key, options)
            expect_task(made, code)
            return made
        reason = f"{declared.place} declares an entry of this key too: that one counts"
        cure = f"hookbeat entry remove {said.key}"
    raise EntryError([Problem(said.key, reason, cure)])


def cure_of_waiting(key: str, code: Code) -> str:
    """What to do about what is said of an entry that no code declares, or that nobody can find."""
    if code.is_read:
        return f"hookbeat entry reset {key}"
    return "mend first what `hookbeat check` says cannot be read: it may be declared there"


def expect_task(made: Entry, code: Code) -> None:
    """Raises EntryError for one whose task is gone, as far as that is known."""
    if code.tasks is None or not code.is_read or made.task in code.tasks:
        return
    reason = f"{made.task!r} is no task that the app registers any more"
    cure = f"declare it, so that workers know it, or hookbeat entry remove {made.key!r}"
    raise EntryError([Problem(made.key, reason, cure)])
