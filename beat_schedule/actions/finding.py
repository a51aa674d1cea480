"""What people name: an entry, an instant, arguments."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from beat_schedule.entries import Entry
from beat_schedule.errors import NotFoundError, Problem, suggestion
from beat_schedule.events import event_named
from beat_schedule.settings import Settings
from beat_schedule.translate.functions import check_arguments, function_at, signed
from beat_schedule.translate.house import offer_of
from beat_schedule.translate.json_values import json_copy
from beat_schedule.translate.parameters import fitted
from beat_schedule.translate.report import RefusedError


def find_entry(entries: Iterable[Entry], name: str) -> Entry:
    """The entry of that key, or the only one of that task.

    Raises NotFoundError, with a suggestion, when there is none or more than one.
    """
    entries = tuple(entries)
    by_key = {entry.key: entry for entry in entries}
    if name in by_key:
        return by_key[name]
    match entries_named(entries, name):
        case [entry]:
            return entry
        case []:
            known = [*by_key, *(entry.task for entry in entries)]
            hint = suggestion(name, known) or "`hookbeat list` shows all"
            raise NotFoundError(f"no entry {name!r}; {hint}")
        case named:
            keys = ", ".join(sorted(entry.key for entry in named))
            raise NotFoundError(f"{name!r} has several entries: {keys}; name one")


def entries_named(entries: Iterable[Entry], task: str) -> list[Entry]:
    """Those of the task of that path."""
    return [entry for entry in entries if entry.task == task or entry.key.startswith(f"{task}@")]


def entries_of_event(entries: Iterable[Entry], word: str) -> list[Entry]:
    """Those that are declared under that word of `scheduler_events`, or under its expression.

    Raises NotFoundError, with a suggestion, where there is none.
    """
    entries = tuple(entries)
    event = event_named(word)
    name = event.name if event else word
    found = [entry for entry in entries if name in {entry.event, _with_expression(entry)}]
    if not found:
        known = events_of(entries)
        cure = suggestion(name, known) or f"events with entries are {', '.join(sorted(known))}"
        raise NotFoundError(f"no entry has the event {word!r}; {cure}")
    return found


def events_of(entries: Iterable[Entry]) -> set[str]:
    """The words under which they are declared, with and without their expressions."""
    return {each for entry in entries for each in (entry.event, _with_expression(entry))}


def _with_expression(entry: Entry) -> str:
    """The event as its key has it, unless it has a name of its own: `every:90s`."""
    _, _, said = entry.key.partition("@")
    return said if said.startswith(f"{entry.event}:") else entry.event


@contextmanager
def telling_unread(unread: Sequence[Problem]) -> Iterator[None]:
    """Say of what is not found first which modules cannot be read: it may be there."""
    try:
        yield
    except NotFoundError as error:
        if not unread:
            raise
        more = "what it declares is not known (hookbeat check)"
        why = [f"{each.place}: {each.reason}; {more}" for each in unread]
        raise NotFoundError("\n".join([*why, str(error)])) from error


def find_target(
    entries: Iterable[Entry], others: Collection[str], name: str
) -> tuple[str, Entry | None]:
    """The key that is meant, and its entry; None for one that only `others` has.

    So the beat's entries can be named too where hooks that are not these declare them. Raises as
    `find_entry`.
    """
    try:
        entry = find_entry(entries, name)
    except NotFoundError:
        if name in others:
            return name, None
        raise
    return entry.key, entry


def check_call(entry: Entry, kwargs: Mapping[str, Any], settings: Settings) -> Mapping[str, Any]:
    """The arguments as the entry's function asks for them, over its own.

    Raises RefusedError unless it takes them.
    """
    json_copy(kwargs, "kwargs")
    try:
        function = function_at(entry.task)
    except RefusedError:
        # A Celery task with a name that is no path: only the call can tell.
        return kwargs
    kwargs = fitted(kwargs, entry.task, signed(function))
    given = entry.kwargs_with(kwargs)
    check_arguments(entry.task, function, entry.args, given, offer_of(settings))
    return kwargs
