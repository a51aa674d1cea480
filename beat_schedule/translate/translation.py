"""From hooks modules to entries: the whole way, with every complaint at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from typing import Any

from beat_schedule.entries import Entry
from beat_schedule.errors import HooksError, Problem
from beat_schedule.keys import MAIN
from beat_schedule.settings import Settings

from .autoload import autoloaded
from .declarations import Declaration, load_hooks
from .entry import entry_of
from .handlers import handlers_in
from .house import PROVIDERS, offer_of
from .offer import EVERY_RUN, Offer
from .periodic import periodic_entries
from .renamed import with_clear_names
from .report import UNREAD, RefusedError, Report

#: How an entry is given a key, and where that is said in another way.
_NAME = "a 'name'"
_NAMED = {"clock": "an 'id'"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """The entries that can run, and all that is wrong with the others."""

    entries: tuple[Entry, ...]
    #: Paths of tasks that say no time: they run by hand alone.
    unscheduled: tuple[str, ...] = ()
    #: Why modules cannot be read at all: what they declare is not known.
    unread: tuple[Problem, ...] = ()
    #: The hooks modules that have `scheduler_events`, and whether these say anything.
    hooks: Mapping[str, bool] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    #: Reads it once more from where it came; None of what nobody else could read.
    again: Callable[[], "Translation"] | None = field(default=None, compare=False, repr=False)

    @property
    def is_whole(self) -> bool:
        """Whether it needed no import, or had it."""
        return not any(warning.reason.startswith(UNREAD) for warning in self.warnings)

    @property
    def clocks(self) -> list[str]:
        """The clocks with entries, but for the one of all that no clock declares."""
        return sorted({entry.clock for entry in self.entries} - {MAIN})


def load(
    settings: Settings, *, imports: bool = True, modules: Sequence[str] | None = None
) -> Translation:
    """Everything from the settings to the entries; a bad one is a problem and left out.

    `modules` stand for all that the settings name. Without `imports` nothing of theirs is
    executed: the hooks modules are read as text, and their handlers are not looked up.
    """
    again = partial(load, settings, imports=imports, modules=modules)
    declared = load_hooks(_hooks(settings) if modules is None else modules, imports=imports)
    if modules is None:
        declared += autoloaded(settings, imports=imports)
        settings = settings.having_queues(_clocks(declared))
    return replace(translate_events(declared, settings, imports=imports), again=again)


def _clocks(declarations: Iterable[Declaration]) -> set[str]:
    """Those that declare something: each has a queue of its own."""
    said = (handler.event.clock for each in declarations for handler in each.handlers)
    return {clock for clock in said if clock != MAIN}


def _hooks(settings: Settings) -> Sequence[str]:
    """None where nobody named them, none is there, and modules are loaded that declare."""
    is_named = "hooks" in settings.model_fields_set
    if is_named or not settings.autoload or find_spec(*settings.hooks):
        return settings.hooks
    return ()


def translate(
    scheduler_events: object, settings: Settings | None = None, *, imports: bool = True
) -> dict[str, dict[str, Any]]:
    """`scheduler_events` as periodic entries for `app.conf.beat_schedule`.

    Raises HooksError once, naming every problem. Without `imports` the handlers are not looked
    up: for use where the modules that hold them are still being imported themselves.
    """
    declared = Declaration(source="", events=scheduler_events)
    translation = translate_events([declared], settings or Settings.read(), imports=imports)
    if translation.problems:
        raise HooksError(translation.problems)
    return periodic_entries(translation.entries)


def translate_events(
    declarations: Iterable[Declaration], settings: Settings, *, imports: bool = True
) -> Translation:
    """Merge what the modules declare, in their order."""
    report = Report()
    offer = _offer(settings, report) if imports else None
    entries: dict[str, Entry] = {}
    unscheduled: dict[str, None] = {}
    unread: tuple[Problem, ...] = ()
    hooks: dict[str, bool] = {}
    for declaration in declarations:
        report.problems.extend(declaration.problems)
        report.warnings.extend(declaration.warnings)
        unscheduled |= dict.fromkeys(declaration.unscheduled)
        unread += () if declaration.is_read else declaration.problems
        if declaration.has_events:
            hooks[declaration.source] = bool(declaration.events)
        listed = handlers_in(declaration.events, declaration.source, report)
        for handler in (*listed, *declaration.handlers):
            entry = entry_of(handler, settings, report, offer)
            if entry and not _is_taken(entry, entries.get(entry.key), report):
                entries[entry.key] = entry
    scheduled = {entry.task for entry in entries.values()}
    return Translation(
        entries=tuple(with_clear_names(entries, report).values()),
        unscheduled=tuple(path for path in unscheduled if path not in scheduled),
        unread=unread,
        hooks=hooks,
        problems=tuple(report.problems),
        warnings=tuple(report.warnings),
    )


def _offer(settings: Settings, report: Report) -> Offer:
    try:
        return offer_of(settings)
    except RefusedError as refused:
        report.problem(PROVIDERS, refused.reason, refused.cure)
        return EVERY_RUN


def _is_taken(entry: Entry, first: Entry | None, report: Report) -> bool:
    if first:
        report.problem(
            entry.place,
            f"has the key {entry.key!r} of {first.place} too",
            f"drop one, or give one {_NAMED.get(entry.event, _NAME)} of its own",
        )
    return first is not None
