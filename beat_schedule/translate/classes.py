"""From Task classes to handlers: what their attributes say."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from beat_schedule.events import WORDS, event_named
from beat_schedule.settings import Settings
from beat_schedule.task import Task

from .carried import is_task_class
from .declarations import Declaration
from .functions import function_at
from .handlers import Handler
from .options import READERS
from .report import RefusedError, Report, shown
from .run_every import RUN_EVERY, TIMES, schedule_of

_OPTIONS = READERS.keys() - {"task"}

#: How like a known word another one must be to be taken for a slip.
_ALIKE = 0.8


def tasks_in(module: ModuleType) -> list[type[Task]]:
    """The Task classes that a module defines, in order; not those that it imports."""
    found = (each for each in vars(module).values() if is_task_class(each))
    return [each for each in dict.fromkeys(found) if each.__module__ == module.__name__]


def declared_tasks(kinds: Iterable[type[Task]], source: str, settings: Settings) -> Declaration:
    """What these classes say; a base that others are derived from says nothing itself."""
    report = Report()
    handlers: list[Handler] = []
    unscheduled: list[str] = []
    for kind in kinds:
        if _is_base(kind):
            continue
        path, place = f"{kind.__module__}.{kind.__qualname__}", f"{source}: {kind.__qualname__}"
        said = list(_declared(kind, path, place, settings, report))
        handlers += said
        if not said and _can_run(path, place, report):
            _look_for_half_a_time(kind, place, report)
            unscheduled.append(path)
    return Declaration(
        source=source,
        handlers=tuple(handlers),
        unscheduled=tuple(unscheduled),
        problems=tuple(report.problems),
        warnings=tuple(report.warnings),
    )


def _can_run(path: str, place: str, report: Report) -> bool:
    try:
        function_at(path)
    except RefusedError as refused:
        report.problem(place, refused.reason, refused.cure)
        return False
    return True


def _look_for_half_a_time(kind: type[Task], place: str, report: Report) -> None:
    """These two only say more of an event: who says nothing else has forgotten it."""
    for name, word in {"at": "daily", "on": "weekly"}.items():
        if name in _attributes(kind):
            report.problem(f"{place}.{name}", "says no time by itself", f"add {word} = True")


def _is_base(kind: type[Task]) -> bool:
    """Whether it is there to be derived from."""
    return bool(kind.__subclasses__()) and bool(getattr(kind, "__abstractmethods__", ()))


def _declared(
    kind: type[Task], path: str, place: str, settings: Settings, report: Report
) -> Iterator[Handler]:
    said = _attributes(kind)
    for name in said:
        _look_for_slips(name, said[name], place, report)
    options = {name: value for name, value in said.items() if name in _OPTIONS}
    plain = Handler(
        place=place,
        list_place=place,
        event=RUN_EVERY,
        expression="",
        said={"task": path, **options},
        is_class=True,
    )
    if TIMES & said.keys():
        yield replace(plain, schedule=schedule_of(said, place, settings, report))
    for word, value in said.items():
        if event := event_named(word):
            yield from _under_event(replace(plain, event=event), word, value, report)


def _attributes(kind: type[Task]) -> dict[str, Any]:
    """What the class and those it is derived from say, in their order; a method says nothing.

    None unsets what a base says, and so does False where it could only be True.
    """
    nearest: dict[str, Any] = {}
    for each in kind.__mro__:
        nearest = {**vars(each), **nearest}
    return {
        name: value
        for name, value in nearest.items()
        if not name.startswith("_") and _is_data(value) and not _is_unset(name, value)
    }


def _is_data(value: Any) -> bool:
    return not (isinstance(value, type) or hasattr(type(value), "__get__"))


def _is_unset(name: str, value: Any) -> bool:
    says_when = name in TIMES or event_named(name) is not None
    return value is None or (value is False and says_when)


def _under_event(plain: Handler, word: str, value: Any, report: Report) -> Iterator[Handler]:
    """As under that word in `scheduler_events`: once, or for each expression."""
    place = f"{plain.place}.{word}"
    if not plain.event.is_keyed:
        if value is True:
            yield plain
        else:
            report.problem(place, f"is {shown(value)}", f"write {word} = True")
        return
    expressions = value if isinstance(value, list | tuple) else [value]
    for each in expressions:
        if isinstance(each, str):
            yield replace(plain, list_place=place, expression=" ".join(each.split()))
    if not expressions or not all(isinstance(each, str) for each in expressions):
        example = "90s" if plain.event.due == "every" else "15 18 * * mon-fri"
        report.problem(place, f"is {shown(value)}", f"write {word} = {example!r}, or a list")


def _look_for_slips(name: str, value: Any, place: str, report: Report) -> None:
    """A class may have any attribute; one that is nearly a word of ours was meant to be it."""
    if name in TIMES or name in _OPTIONS or event_named(name):
        return
    where = f"{place}.{name}"
    if event_named(name.removeprefix("run_")):
        report.problem(where, "nobody reads it", f"write {name.removeprefix('run_')} = True")
    elif near := _near(name, _words_of_time(value)):
        report.problem(where, "unknown attribute", f"did you mean {near!r}?")
    elif near := _near(name, _OPTIONS):
        cure = f"did you mean {near!r}? One of your own may begin with _"
        report.warning(where, "nobody reads it", cure)


def _words_of_time(value: Any) -> Iterator[str]:
    """Those that may be meant beside this value: `month = 3` is somebody's own."""
    yield from TIMES
    for word in WORDS:
        event = event_named(word)
        if event and event.is_keyed is not (value is True):
            yield word


def _near(name: str, words: Iterable[str]) -> str:
    found = next(iter(get_close_matches(name, sorted(words), n=1, cutoff=_ALIKE)), "")
    # Several of something are something else.
    return "" if name == f"{found}s" else found
