"""What an operator may say of an entry, and what not."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from celery import Celery

from beat_schedule.apps import process_of
from beat_schedule.decisions import EVERYTHING
from beat_schedule.entries import Entry
from beat_schedule.errors import EntryConflictError, EntryError, NotFoundError, Problem, suggestion
from beat_schedule.schedules import shortest_gap
from beat_schedule.schedules.base import LATEST
from beat_schedule.times import spoken
from beat_schedule.translate.functions import function_at, signed
from beat_schedule.translate.house import offer_of
from beat_schedule.translate.json_values import json_copy
from beat_schedule.translate.overlay import former_keys
from beat_schedule.translate.overriding import overridden
from beat_schedule.translate.parameters import Lines, fitted, read_parameters
from beat_schedule.translate.report import RefusedError
from beat_schedule.translate.said import WHEN, made

from .finding import entries_named, find_entry

Options = Mapping[str, Any]


class Soundness:
    """Judges it by what the app declares; every method raises EntryError."""

    def __init__(self, app: Celery) -> None:
        process = process_of(app)
        self.settings = process.settings
        self.declared = process.entries
        self._former = former_keys(process.entries.values())
        self._tasks = app.tasks
        self._offer = offer_of(process.settings)

    def copied(self, key: str, options: Options, task: object) -> dict[str, Any]:
        """The options as JSON gives them back; lines of arguments as the task asks for them."""
        try:
            copy: dict[str, Any] = json_copy(_read(options, task), key)
        except RefusedError as refused:
            raise not_so(key, refused.reason, refused.cure) from refused
        return copy

    def new(self, key: str, options: Options, now: datetime) -> tuple[Entry, tuple[Problem, ...]]:
        """The entry that is to be made, and what is odd about it."""
        if key == EVERYTHING:
            raise not_so(key, "stands for every entry", "take another name")
        if declared := self.declared.get(key):
            raise in_the_way(key, f"is declared by {declared.place}", "take another name")
        self.not_former(key, "take another name")
        task = options.get("task")
        if isinstance(task, str) and task not in self._tasks:
            known = [name for name in self._tasks if not name.startswith("celery.")]
            cure = suggestion(task, known) or "declare it, so that workers know it"
            raise in_the_way(key, f"{task!r} is no task that the app registers", cure)
        entry, warnings = made(key, options, self.settings, self._offer)
        self._expect_to_be_due(entry, now)
        return entry, warnings

    def not_former(self, key: str, cure: str = "say it of that") -> None:
        """Expect that no entry of the code had that key before, unless one has it now."""
        if key not in self.declared and (now := self._former.get(key)):
            raise in_the_way(key, f"is the entry {now!r} now", cure)

    def of_a_task(self, options: Options) -> dict[str, Any]:
        """The same options; of a task that no worker carries out as a run they say so."""
        task = self._tasks.get(str(options.get("task")))
        is_followed = task is None or hasattr(task, "hookbeat_body")
        return {**options} if is_followed else {**options, "tracked": False}

    def changed(self, key: str, options: Options, now: datetime) -> None:
        """Expect that an entry can be as these options say."""
        entry = self.entry(key, options, is_checked=True)
        if entry and options.keys() & WHEN.keys():
            self._expect_to_be_due(entry, now)

    def entry(self, key: str, options: Options | None, *, is_checked: bool = False) -> Entry | None:
        """The entry as it is with these options said of it; None where there is none then."""
        offer = self._offer if is_checked else None
        if declared := self.declared.get(key):
            return overridden(declared, options or {}, self.settings, offer)
        return made(key, options, self.settings, offer)[0] if options else None

    def key_of(self, name: str) -> str:
        """As a desk's."""
        entries = self.declared.values()
        return find_entry(entries, name).key if entries_named(entries, name) else name

    def unknown(self, key: str) -> NotFoundError:
        hint = suggestion(key, self.declared) or "`hookbeat list` shows all"
        return NotFoundError(f"no entry {key!r}; {hint}")

    def _expect_to_be_due(self, entry: Entry, now: datetime) -> None:
        if entry.schedule.first(now, LATEST) is None:
            raise not_so(entry.key, "is due at no time to come", "move it")
        least, gap = self._least(entry.key), shortest_gap(entry.schedule)
        if gap and gap < least:
            reason = f"is due every {spoken(gap)}, and {spoken(least)} is the least"
            cure = "make it rarer, or declare it in the code (HOOKBEAT_ENTRIES_LEAST)"
            raise not_so(entry.key, reason, cure)

    def _least(self, key: str) -> timedelta:
        """The setting; of what the code makes due more often, that."""
        least = self.settings.entries_least
        if declared := self.declared.get(key):
            # A guest's schedule that cannot be asked gives no leave.
            with suppress(Exception):
                return min(least, shortest_gap(declared.schedule) or least)
        return least


def _read(options: Options, task: object) -> Options:
    """Now, for beats and workers look no function up."""
    said = options.get("kwargs")
    if isinstance(said, str):
        said = read_parameters(said)
    if not isinstance(said, Lines):
        return options
    try:
        function = signed(function_at(str(task)))
    except RefusedError:
        # A Celery task with a name that is no path: only the call can tell.
        return {**options, "kwargs": said}
    return {**options, "kwargs": fitted(said, str(task), function)}


def not_so(key: str, reason: str, cure: str) -> EntryError:
    return EntryError([Problem(key, reason, cure)])


def in_the_way(key: str, reason: str, cure: str) -> EntryConflictError:
    return EntryConflictError([Problem(key, reason, cure)])
