"""`hookbeat entry list` and `show`: what operators said, beside what the code says."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

import click
from rich.text import Text

from beat_schedule import actions
from beat_schedule.decisions import EVERYTHING, EntryKind, Hold, HoldKind
from beat_schedule.entries import Entry
from beat_schedule.errors import EntryError, Problem
from beat_schedule.settings import Settings
from beat_schedule.store.audit import Noted, noted
from beat_schedule.store.definitions import Kept, definition_of, definitions, definitions_of
from beat_schedule.translate import load
from beat_schedule.translate.overlay import (
    Code,
    cure_of_waiting,
    entry_in_force,
    former_keys,
    with_clocks,
)
from beat_schedule.translate.said import Workshop

from . import asking, completing, tables, words
from .check import told
from .entry_told import entry_as_json
from .examples import examples
from .record import reader_of
from .standing import held_now, standing_of
from .words import iso

#: The keys of entries, with what is kept of each, and that it is disabled.
_SpokenOf: TypeAlias = Sequence[tuple[str, Kept | None, Hold | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What is said of one entry."""

    key: str
    kept: Kept | None
    #: That it is disabled, and by whom.
    held: Hold | None
    in_force: Entry | None
    problems: Sequence[Problem] = ()
    #: The key that the entry has now.
    now: str = ""

    @property
    def kind(self) -> EntryKind:
        return self.kept.definition.kind if self.kept else EntryKind.OVERRIDE

    def words(self) -> Text:
        said = _options(self.kept) if self.kept else ""
        text = Text("; ".join(filter(None, [said, self._disabled()])))
        for problem in self.problems:
            text.append("\nno longer fits: ", style="red").append_text(told(problem))
        if self.now:
            text.append(f"\ngoes with the entry to {self.now}", style="dim")
        return text

    def who(self) -> tuple[str, datetime, str]:
        """By whom, since when and why."""
        if self.kept:
            return self.kept.by, self.kept.definition.at, self.kept.why
        assert self.held  # noqa: S101 -- for mypy
        return self.held.by, self.held.since, self.held.why

    def as_json(self) -> dict[str, Any]:
        by, at, why = self.who()
        entry = None if self.problems else self.in_force
        return {
            "key": self.key,
            "kind": self.kind,
            "options": (self.kept.definition.options if self.kept else None) or {},
            "enabled": self.held is None,
            "by": by,
            "at": iso(at),
            "why": why,
            "in_force": entry and entry_as_json(entry),
            "problems": [str(problem) for problem in self.problems],
        }

    def _disabled(self) -> str:
        if self.held is None:
            return ""
        return words.mentioned(self.held) if self.kept else "disabled"


KINDS = {EntryKind.OVERRIDE: "override", EntryKind.ENTRY: "made at run time"}


@examples("hookbeat entry list", "hookbeat entry list --overrides")
@click.command("list")
@click.option("--overrides", is_flag=True, help="Only these.")
@click.option("--made", is_flag=True, help="Only entries made at run time.")
@click.option("--after", default="", metavar="KEY", help="Only keys that come after this one.")
@asking.limit
@asking.for_machines
@click.pass_obj
def list_said(
    settings: Settings, *, overrides: bool, made: bool, after: str, limit: int, as_json: bool
) -> None:
    """List what operators said: overrides, and entries made at run time; by whom and why.

    Exit 1 if something of it no longer fits what the code declares.
    """
    if overrides and made:
        raise click.UsageError("give --overrides or --made, not both")
    kind = EntryKind.OVERRIDE if overrides else EntryKind.ENTRY if made else None
    translation = load(settings)
    declared = {entry.key: entry for entry in translation.entries}
    code = actions.code_at(settings, translation)
    found = _found(declared, _spoken_of(settings, kind, after, limit), settings, code)
    if as_json:
        click.echo(json.dumps({"said": [each.as_json() for each in found]}, indent=2))
    else:
        _print(found, limit)
    sys.exit(1 if any(each.problems for each in found) else 0)


@examples("hookbeat entry show tasks.library.daily@daily")
@click.command("show")
@click.argument("key", metavar="ENTRY", shell_complete=completing.entries)
@asking.for_machines
@click.pass_obj
def show_entry(settings: Settings, key: str, *, as_json: bool) -> None:
    """Show an entry: what the code says, what was said over it, what counts, and who changed it.

    ENTRY is its key, or its task's path where that has one entry.
    """
    translation = load(settings)
    code = actions.code_at(settings, translation)
    entries = {entry.key: entry for entry in translation.entries}
    settings = with_clocks(settings, entries.values())
    with reader_of(settings) as session:
        kept, changes = definition_of(session, key), noted(session, key)
        if not (key in entries or kept or changes):
            key = actions.find_entry(entries.values(), key).key
            kept, changes = definition_of(session, key), noted(session, key)
    declared = entries.get(key)
    held = held_now(settings).get(key)
    said = _Said(
        key=key,
        kept=kept,
        held=held if held and held.kind is HoldKind.DISABLED else None,
        in_force=declared,
    )
    if kept and key not in former_keys(entries.values()):
        in_force, problems = _in_force(kept, declared, settings, Workshop(settings), code)
        said = replace(said, in_force=in_force, problems=problems)
    if as_json:
        shown = {
            "key": key,
            "code": declared and {"place": declared.place, **entry_as_json(declared)},
            "said": said.as_json() if kept else None,
            "in_force": said.in_force and entry_as_json(said.in_force),
            "hold": held and words.hold_as_json(held),
            "audit": [_noted(each) for each in changes],
        }
        click.echo(json.dumps(shown, indent=2))
    else:
        _print_one(said, declared, held, changes)


def _print_one(
    said: _Said, declared: Entry | None, held: Hold | None, changes: Sequence[Noted]
) -> None:
    click.echo(said.key)
    if declared:
        _tell(f"the code says ({declared.place})", declared)
    if said.kept:
        _tell_said(said.kept, said.in_force, said.problems)
    if held:
        click.echo(words.hold(held))
    for each in changes:
        why = f": {each.why}" if each.why else ""
        click.echo(f"{words.instant(each.at)} {each.action} by {each.who} ({each.by}){why}")


def _in_force(
    kept: Kept, declared: Entry | None, settings: Settings, workshop: Workshop, code: Code
) -> tuple[Entry | None, Sequence[Problem]]:
    try:
        return entry_in_force(kept.definition, declared, settings, workshop, code), ()
    except EntryError as error:
        return declared, error.problems


def _found(
    declared: Mapping[str, Entry], spoken_of: _SpokenOf, settings: Settings, code: Code
) -> Sequence[_Said]:
    """What is said of each of these, and whether it fits."""
    settings = with_clocks(settings, declared.values())
    workshop, former = Workshop(settings), former_keys(declared.values())
    found = []
    for key, kept, held in spoken_of:
        entry = declared.get(key)
        problems: Sequence[Problem] = ()
        if key not in former:
            entry, problems = (
                _in_force(kept, entry, settings, workshop, code)
                if kept
                else (entry, _unless_declared(key, entry, code))
            )
        found.append(
            _Said(
                key=key,
                kept=kept,
                held=held,
                in_force=entry,
                problems=problems,
                now=former.get(key, ""),
            )
        )
    return found


def _spoken_of(settings: Settings, kind: EntryKind | None, after: str, most: int) -> _SpokenOf:
    """Definitions, and what is disabled besides, in the order of their keys."""
    disabled = {
        hold.target: hold
        for hold in standing_of(settings).holds
        if hold.kind is HoldKind.DISABLED and hold.target != EVERYTHING
    }
    with reader_of(settings) as session:
        kept = {
            each.definition.key: each for each in definitions(session, kind, after=after, most=most)
        }
        alone = disabled.keys() - definitions_of(session, disabled).keys()
    of_code = () if kind == EntryKind.ENTRY else (key for key in alone if key > after)
    keys = sorted({*kept, *of_code})[:most]
    return [(key, kept.get(key), disabled.get(key)) for key in keys]


def _unless_declared(key: str, entry: Entry | None, code: Code) -> Sequence[Problem]:
    if entry:
        return ()
    reason, cure = "no code declares it: that it is disabled waits", cure_of_waiting(key, code)
    return (Problem(key, reason, cure),)


def _print(found: Sequence[_Said], limit: int) -> None:
    if not found:
        click.echo("nobody said anything of an entry (hookbeat entry set, hookbeat entry add)")
        return
    table = tables.table("entry", "is", "said", "by", "since", "why")
    for each in found:
        by, at, why = each.who()
        key = Text(each.key, style="bold")
        table.add_row(
            key, Text(KINDS[each.kind]), each.words(), Text(by), words.instant(at), Text(why)
        )
    tables.console().print(table)
    if len(found) == limit:
        click.echo(f"perhaps there is more: --after {found[-1].key!r}")


def _options(kept: Kept) -> str:
    options = kept.definition.options or {}
    return ", ".join(f"{name} {value!r}" for name, value in options.items())


def _tell(headline: str, entry: Entry) -> None:
    click.echo(f"{headline}:")
    for name, value in entry_as_json(entry).items():
        if value not in (None, [], {}):
            click.echo(f"  {name}: {value}")


def _tell_said(kept: Kept, in_force: Entry | None, problems: Sequence[Problem]) -> None:
    why = f": {kept.why}" if kept.why else ""
    at = words.instant(kept.definition.at)
    click.echo(f"{KINDS[kept.definition.kind]} by {kept.by} since {at}{why}:\n  {_options(kept)}")
    for problem in problems:
        click.echo(f"it no longer fits: {problem}")
    if in_force and not problems:
        _tell("so it is", in_force)


def _noted(each: Noted) -> dict[str, Any]:
    return {
        "at": iso(each.at),
        "who": each.who,
        "by": each.by,
        "action": each.action,
        "why": each.why,
        "before": each.before,
        "after": each.after,
    }
