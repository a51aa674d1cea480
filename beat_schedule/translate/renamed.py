"""Entries that say under which keys they were declared before."""

from collections.abc import Mapping

from beat_schedule.entries import Entry

from .report import Report


def with_clear_names(entries: Mapping[str, Entry], report: Report) -> dict[str, Entry]:
    """Without those whose option `formerly` claims what another entry has, or claims too."""
    claimed: dict[str, Entry] = {}
    clear = {}
    for key, entry in entries.items():
        if trouble := _trouble(entry, entries, claimed):
            report.problem(f"{entry.place}['formerly']", *trouble)
            continue
        claimed.update(dict.fromkeys(entry.policy.formerly, entry))
        clear[key] = entry
    return clear


def _trouble(
    entry: Entry, entries: Mapping[str, Entry], claimed: Mapping[str, Entry]
) -> tuple[str, str] | None:
    """What is wrong, and what to do about it."""
    for name in entry.policy.formerly:
        if name == entry.key:
            return f"{name!r} is its own key", "write the key that it had before, or leave it out"
        if name in entries:
            return f"{name!r} is still declared, at {entries[name].place}", "drop one of them"
        if name in claimed:
            return f"{claimed[name].place} was {name!r} too", "drop it from one of them"
    return None
