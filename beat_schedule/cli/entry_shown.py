"""`hookbeat entry list` and `show`: what operators said, beside what the code says."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.text import Text

from beat_schedule.decisions import EntryKind
from beat_schedule.entries import Entry
from beat_schedule.errors import EntryError, NotFoundError, Problem, suggestion
from beat_schedule.settings import Settings
from beat_schedule.store.audit import Noted, noted
from beat_schedule.store.definitions import Kept, definition_of, definitions
from beat_schedule.translate import load
from beat_schedule.translate.overlay import entry_in_force, former_keys, with_clocks
from beat_schedule.translate.said import Workshop

from . import asking, tables, words
from .check import told
from .entry_told import entry_as_json
from .examples import examples
from .record import reader_of
from .standing import held_now
from .words import iso

KINDS = {EntryKind.OVERRIDE: "override", EntryKind.ENTRY: "made at run time"}


@examples("hookbeat entry list", "hookbeat entry list --overrides")
@click.command("list")
@click.option("--overrides", "kind", flag_value=EntryKind.OVERRIDE, help="Only these.")
@click.option("--made", "kind", flag_value=EntryKind.ENTRY, help="Only entries made at run time.")
@click.option("--after", default="", metavar="KEY", help="Only keys that come after this one.")
@asking.limit
@asking.for_machines
@click.pass_obj
def list_said(
    settings: Settings, *, kind: EntryKind | None, after: str, limit: int, as_json: bool
) -> None:
    """List what operators said: overrides, and entries made at run time; by whom and why.

    Exit 1 if something of it no longer fits what the code declares.
    """
    with reader_of(settings) as session:
        kept = definitions(session, kind, after=after, most=limit)
    declared = {entry.key: entry for entry in load(settings).entries}
    settings = with_clocks(settings, declared.values())
    workshop = Workshop(settings)
    former = former_keys(declared.values())
    found = [
        (each, None, ())
        if each.definition.key in former
        else (each, *_in_force(each, declared.get(each.definition.key), settings, workshop))
        for each in kept
    ]
    if as_json:
        click.echo(json.dumps({"said": [_as_json(*each) for each in found]}, indent=2))
    else:
        _print(found, limit, former)
    sys.exit(1 if any(problems for _, _, problems in found) else 0)


@examples("hookbeat entry show tasks.library.daily@daily")
@click.command("show")
@click.argument("key", metavar="ENTRY")
@asking.for_machines
@click.pass_obj
def show_entry(settings: Settings, key: str, *, as_json: bool) -> None:
    """Show an entry: what the code says, what was said over it, what counts, and who changed it.

    ENTRY is its whole key.
    """
    entries = {entry.key: entry for entry in load(settings).entries}
    settings = with_clocks(settings, entries.values())
    declared = entries.get(key)
    with reader_of(settings) as session:
        kept, changes = definition_of(session, key), noted(session, key)
    if not (declared or kept or changes):
        hint = suggestion(key, entries) or "`hookbeat list` shows all"
        raise NotFoundError(f"no entry {key!r}; {hint}")
    in_force: Entry | None = declared
    problems: Sequence[Problem] = ()
    if kept and key not in former_keys(entries.values()):
        in_force, problems = _in_force(kept, declared, settings, Workshop(settings))
    held = held_now(settings).get(key)
    if as_json:
        shown = {
            "key": key,
            "code": declared and {"place": declared.place, **entry_as_json(declared)},
            "said": kept and _as_json(kept, in_force, problems),
            "in_force": in_force and entry_as_json(in_force),
            "hold": held and words.hold_as_json(held),
            "audit": [_noted(each) for each in changes],
        }
        click.echo(json.dumps(shown, indent=2))
        return
    click.echo(key)
    if declared:
        _tell(f"the code says ({declared.place})", declared)
    if kept:
        _tell_said(kept, in_force, problems)
    if held:
        click.echo(words.hold(held))
    for each in changes:
        why = f": {each.why}" if each.why else ""
        click.echo(f"{words.instant(each.at)} {each.action} by {each.who} ({each.by}){why}")


def _in_force(
    kept: Kept, declared: Entry | None, settings: Settings, workshop: Workshop
) -> tuple[Entry | None, Sequence[Problem]]:
    try:
        return entry_in_force(kept.definition, declared, settings, workshop), ()
    except EntryError as error:
        return declared, error.problems


def _print(
    found: Sequence[tuple[Kept, Entry | None, Sequence[Problem]]],
    limit: int,
    former: Mapping[str, str],
) -> None:
    if not found:
        click.echo("nobody said anything of an entry (hookbeat entry set, hookbeat entry add)")
        return
    table = tables.table("entry", "is", "said", "by", "since", "why")
    for kept, _, problems in found:
        said = Text(_options(kept))
        for problem in problems:
            said.append("\nno longer fits: ", style="red").append_text(told(problem))
        if now := former.get(kept.definition.key):
            said.append(f"\ngoes with the entry to {now}", style="dim")
        at = words.instant(kept.definition.at)
        kind = Text(KINDS[kept.definition.kind])
        key = Text(kept.definition.key, style="bold")
        table.add_row(key, kind, said, Text(kept.by), at, Text(kept.why))
    tables.console().print(table)
    if len(found) == limit:
        click.echo(f"perhaps there is more: --after {found[-1][0].definition.key!r}")


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


def _as_json(kept: Kept, in_force: Entry | None, problems: Sequence[Problem]) -> dict[str, Any]:
    return {
        "key": kept.definition.key,
        "kind": kept.definition.kind,
        "options": kept.definition.options,
        "by": kept.by,
        "at": iso(kept.definition.at),
        "why": kept.why,
        "in_force": None if problems or not in_force else entry_as_json(in_force),
        "problems": [str(problem) for problem in problems],
    }


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
