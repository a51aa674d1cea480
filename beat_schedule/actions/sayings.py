"""What operators say of an entry, by what was said of it before."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from beat_schedule.decisions import EntryKind, Hold
from beat_schedule.entries import Entry
from beat_schedule.errors import NotFoundError, Problem
from beat_schedule.store.definitions import Kept
from beat_schedule.translate.said import WHEN

from .soundness import Options, in_the_way

#: How `reset` names that it is disabled.
ENABLED = "enabled"

#: What is to be said of a key, by what is said of it already; None to take that back.
Decide = Callable[[Kept | None], Options | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said of an entry, and what becomes of it."""

    key: str
    before: Options | None
    after: Options | None
    #: As it is from now on; None for one that is no more.
    entry: Entry | None = None
    warnings: tuple[Problem, ...] = ()
    #: Why Redis could not be told; the leader will tell it.
    away: str = ""
    #: What kept it disabled till now.
    freed: Hold | None = None

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Who says something, and why."""

    by: str
    why: str


def without(key: str, names: Collection[str], *, is_disabled: bool) -> Decide:
    """An override without these options, or none at all where none is named.

    Of what is disabled there need be no other. Raises NotFoundError for what is not overridden.
    """
    dropped = {*names} - {ENABLED}
    says_nothing_else = names and not dropped

    def decide(before: Kept | None) -> Options | None:
        known = (before.definition.options if before else None) or {}
        is_override = before and before.definition.kind is EntryKind.OVERRIDE
        needs_none = is_disabled and not dropped
        if says_nothing_else or (needs_none and not is_override):
            return known or None
        if not is_override:
            raise NotFoundError(f"nothing is overridden of {key!r}")
        if missing := dropped - known.keys():
            raise NotFoundError(f"{', '.join(sorted(missing))} of {key!r} is not overridden")
        left = {name: value for name, value in known.items() if name not in dropped}
        return left if dropped and left else None

    return decide


def still(known: Options, said: Options) -> Options:
    """What goes on beside what is said now."""
    gone = {*WHEN} if said.keys() & WHEN.keys() else set()
    if "every" in said:
        # Real time has no clock.
        gone |= {"timezone", "dst"}
    return {name: value for name, value in known.items() if name not in gone}


def as_new(key: str, options: Options) -> Decide:
    def decide(before: Kept | None) -> Options:
        if before:
            raise in_the_way(key, "there is such an entry", "`hookbeat entry set` changes it")
        return options

    return decide


def said_of(key: str, kept: Kept | None, decide: Decide) -> Said:
    before = kept.definition.options if kept else None
    return Said(key=key, before=before, after=decide(kept))
