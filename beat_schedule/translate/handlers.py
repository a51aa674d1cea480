"""Walks `scheduler_events`: every handler with its event, its expression and its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from beat_schedule.errors import suggestion
from beat_schedule.events import WORDS, Event, event_named
from beat_schedule.schedules import Schedule

from .report import RefusedError, Report, Unknown, shown

ROOT = "scheduler_events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """One line of `scheduler_events`, or what another way to declare says, not yet judged."""

    place: str
    #: Of the list that it stands in.
    list_place: str
    event: Event
    #: The key under `cron` and `every`; empty for the other events.
    expression: str
    said: object
    #: When it is due, of an event that leaves it to whoever declares it (`due` is `declared`);
    #: None there after a complaint: its options are judged all the same.
    schedule: Schedule | None = None
    #: Whether its options are the attributes of a class.
    is_class: bool = False

    def option(self, name: object) -> str:
        """The place of one of its options."""
        return f"{self.place}.{name}" if self.is_class else f"{self.place}[{shown(name)}]"


def handlers_in(events: object, source: str, report: Report) -> Iterator[Handler]:
    """Every handler in the order of the file; what is no handler becomes a problem."""
    root = f"{source}: {ROOT}" if source else ROOT
    if isinstance(events, Unknown):
        report.not_checked(root, events)
    elif not isinstance(events, Mapping):
        report.problem(root, f"is {shown(events)}", "write a dict: {'daily': ['module.function']}")
    else:
        for word, said in events.items():
            yield from _under_word(word, said, root, report)


def _under_word(word: object, said: object, root: str, report: Report) -> Iterator[Handler]:
    if isinstance(word, Unknown):
        report.not_checked(root, word)
        return
    place = f"{root}[{shown(word)}]"
    try:
        event = _event(word)
    except RefusedError as refused:
        report.problem(place, refused.reason, refused.cure)
        return
    if event.is_keyed:
        yield from _under_expressions(event, said, place, report)
    else:
        yield from _in_list(event, "", said, place, report)


def _event(word: object) -> Event:
    if not isinstance(word, str):
        raise RefusedError(f"{shown(word)} is no event", f"events are {', '.join(WORDS)}")
    if event := event_named(word):
        return event
    if " " in word.strip():
        cure = f"write it under 'cron': {{{word!r}: [...]}}"
    elif word[:1].isdigit():
        cure = f"write it under 'every': {{{word!r}: [...]}}"
    else:
        cure = suggestion(word.strip().lower(), WORDS) or f"events are {', '.join(WORDS)}"
    raise RefusedError(f"unknown event {shown(word)}", cure)


def _under_expressions(event: Event, said: object, place: str, report: Report) -> Iterator[Handler]:
    example = "90s" if event.due == "every" else "15 18 * * mon-fri"
    if isinstance(said, Unknown):
        report.not_checked(place, said)
        return
    if not isinstance(said, Mapping):
        report.problem(place, f"is {shown(said)}", f"write {{{example!r}: ['module.function']}}")
        return
    for expression, handlers in said.items():
        if isinstance(expression, Unknown):
            report.not_checked(place, expression)
        elif not isinstance(expression, str):
            report.problem(
                place, f"{shown(expression)} is no expression", f"write text as {example!r}"
            )
        else:
            where = f"{place}[{shown(expression)}]"
            yield from _in_list(event, " ".join(expression.split()), handlers, where, report)


def _in_list(
    event: Event, expression: str, said: object, place: str, report: Report
) -> Iterator[Handler]:
    if isinstance(said, Unknown):
        report.not_checked(place, said)
        return
    if not isinstance(said, list | tuple):
        if not (isinstance(said, str) or (isinstance(said, Mapping) and "task" in said)):
            report.problem(
                place, f"is {shown(said)}", "write a list of handlers: ['module.function']"
            )
            return
        said = [said]  # One handler without brackets: Frappe takes it so, and hooks rely on it.
    for position, each in enumerate(said):
        where = f"{place}[{position}]"
        if isinstance(each, Unknown):
            report.not_checked(where, each)
        else:
            yield Handler(
                place=where, list_place=place, event=event, expression=expression, said=each
            )
