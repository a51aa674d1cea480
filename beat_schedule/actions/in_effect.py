"""The entries as beats have them: the code's, with what operators say over them and beside them.

The record is asked, or Redis where the record is away; where neither answers the code alone counts.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import islice

from beat_schedule.apps import app_named, code_of
from beat_schedule.decisions import Definition, EntryKind
from beat_schedule.entries import Entry
from beat_schedule.errors import (
    BrokerError,
    EntryError,
    HookbeatError,
    NotFoundError,
    Problem,
    StoreError,
)
from beat_schedule.plain import plain_text
from beat_schedule.settings import Settings
from beat_schedule.store.definitions import definitions, definitions_of
from beat_schedule.store.reading import reader_of
from beat_schedule.translate import Translation
from beat_schedule.translate.overlay import (
    NOT_LOOKED_AT,
    Code,
    Overlay,
    entry_in_force,
    former_keys,
    laid_over,
    with_clocks,
)
from beat_schedule.translate.said import Workshop

from .finding import find_entry
from .reaching import operator_of


def overlaid(
    settings: Settings,
    declared: Iterable[Entry],
    most: int | None = None,
    code: Code = NOT_LOOKED_AT,
) -> Overlay:
    """All of them; of those made at run time `most`, the first by their keys."""
    return laid_over(declared, _everything_said(settings, most), settings, code)


def find_overlaid(settings: Settings, declared: Iterable[Entry], name: str) -> Entry:
    """As `find_entry`; an entry made at run time is named by its whole key."""
    declared = tuple(declared)
    settings = with_clocks(settings, declared)
    try:
        entry = find_entry(declared, name)
    except NotFoundError:
        if now := former_keys(declared).get(name):
            raise NotFoundError(f"no entry {name!r}; it is {now!r} now") from None
        if made := overlaid_entry(settings, None, name):
            return made
        raise
    return overlaid_entry(settings, entry, entry.key) or entry


def overlaid_entry(settings: Settings, declared: Entry | None, key: str) -> Entry | None:
    """The entry of that key as beats have it; None where there is none."""
    # What is no text names nothing.
    said = _said(settings, plain_text(key))
    if said is None or said.options is None:
        return declared
    try:
        return entry_in_force(said, declared, settings, Workshop(settings))
    except EntryError:
        # `hookbeat entry list` tells why it does not count.
        return declared


def code_at(settings: Settings, translation: Translation) -> Code:
    """What is known of the code: of what the settings' app registers, when that is asked for."""
    return Code(tasks=_Registered(settings), is_read=not translation.unread)


class _Registered:
    """The tasks of an app that is imported for the first of them; where it cannot be, any."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __contains__(self, task: object) -> bool:
        code = self._code
        return code.tasks is None or not code.is_read or task in code.tasks

    @cached_property
    def _code(self) -> Code:
        try:
            return code_of(app_named(self._settings.app))
        except (HookbeatError, SystemExit):
            return NOT_LOOKED_AT


def unfit(settings: Settings, declared: Iterable[Entry], code: Code) -> Sequence[Problem]:
    """What operators said that no longer fits these entries; nothing where the record is away."""
    with suppress(StoreError), reader_of(settings) as session:
        said = [kept.definition for kept in definitions(session)]
        return laid_over(declared, said, settings, code).problems
    return ()


def _said(settings: Settings, key: str) -> Definition | None:
    try:
        with reader_of(settings) as session:
            kept = definitions_of(session, [key]).get(key)
            return kept.definition if kept else None
    except StoreError:
        with suppress(BrokerError), operator_of(settings) as operator:
            return operator.defined(key)
    return None


def _everything_said(settings: Settings, most: int | None) -> Sequence[Definition]:
    try:
        with reader_of(settings) as session:
            overrides = definitions(session, EntryKind.OVERRIDE)
            made = definitions(session, EntryKind.ENTRY, most=most)
            return [kept.definition for kept in (*overrides, *made)]
    except StoreError:
        with suppress(BrokerError), operator_of(settings) as operator:
            found = sorted(operator.every_definition(), key=lambda each: each.key)
            overrides_there = [each for each in found if each.kind is EntryKind.OVERRIDE]
            others = (each for each in found if each.kind is EntryKind.ENTRY and each.options)
            return [*overrides_there, *islice(others, most)]
    return ()
