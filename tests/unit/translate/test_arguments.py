"""Which parameters of a function the run fills, and where the entry's arguments go."""

import functools
from datetime import datetime
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Annotated, Any, Optional, Protocol, Union

import pytest
import structlog
from sqlalchemy.orm import Session

from beat_schedule.clock import Clock
from beat_schedule.features import Features
from beat_schedule.runs.context import RunContext
from beat_schedule.settings import Settings
from beat_schedule.signals import RunInfo
from beat_schedule.translate.annotations import full_name
from beat_schedule.translate.arguments import filled_parameters, planned, unfilled
from beat_schedule.translate.offer import EVERY_RUN

if TYPE_CHECKING:
    import requests
    from proj.catalogue import Catalogue, Shelf

    import beat_schedule as hb


class Books:
    """Provided by class."""


class Executes(Protocol):
    """What a task says of its session to be tested without one."""

    def execute(self, statement): ...


OFFER = EVERY_RUN.having(
    classes={f"{__name__}.Books": "books by class", "proj.catalogue.Catalogue": "catalogue"},
    names=["shelf", "http"],
)


def none(): ...
def by_name(context): ...
def by_annotation(run: RunContext, kind): ...
def by_text(run: "RunContext | None", kind="loans"): ...
def in_the_middle(kind, context, limit=5): ...
def only_by_name(kind, *, context): ...
def only_by_place(context, /, kind): ...
def many(context, *kinds, **more): ...
def not_filled(kind: Any = None, **context): ...


def several(session, kind, due_at, limit=5): ...


# What is asked for, then what it gets.
CALLS = [
    (none, [], {}, (), {}),
    (by_name, [], {}, ("context",), {}),
    (by_annotation, ["fines"], {}, ("context", "fines"), {}),
    (by_text, [], {}, ("context",), {}),
    (in_the_middle, ["fines", 7], {}, ("fines", "context", 7), {}),
    (in_the_middle, [], {"kind": "fines"}, ("fines", "context"), {}),
    (only_by_name, ["fines"], {}, ("fines",), {"context": "context"}),
    (only_by_place, [], {"kind": "fines"}, ("context", "fines"), {}),
    (many, ["fines", "fees"], {"limit": 7}, ("context", "fines", "fees"), {"limit": 7}),
    (not_filled, [], {}, (), {}),
    (several, ["fines", 7], {}, ("session", "fines", "due_at", 7), {}),
    (several, ["fines"], {"session": "theirs"}, ("theirs", "fines", "due_at"), {}),
]


@pytest.mark.parametrize(("function", "given", "named", "args", "kwargs"), CALLS)
def test_the_run_fills_what_is_asked_of_it_and_the_entry_the_others(
    function, given, named, args, kwargs
):
    bound = planned(function, given, named).bound(str)

    assert (bound.args, bound.kwargs) == (args, kwargs)


@pytest.mark.parametrize(
    ("function", "given", "named"),
    [
        (none, [1], {}),
        (by_name, [], {"context": 1}),
        (by_annotation, [], {"run": 1, "kind": "fines"}),
        (by_annotation, [], {}),
        (in_the_middle, ["fines"], {"kind": "fines"}),
        (several, ["theirs", "fines", "today", 7], {}),
    ],
)
def test_arguments_that_do_not_fit_are_refused_before_anything_is_called(function, given, named):
    with pytest.raises(TypeError):
        planned(function, given, named)


def every_name(*, context, session, settings, features, log, logger, due_at, run, clock, http): ...


def test_every_name_that_a_run_offers_is_filled():
    filled = filled_parameters(every_name, EVERY_RUN)

    assert list(filled) == list(EVERY_RUN.names)
    assert filled == dict(EVERY_RUN.names)


def classes(
    *,
    a: Session,
    b: Settings,
    c: "Features",
    d: structlog.typing.FilteringBoundLogger,
    e: structlog.stdlib.BoundLogger,
    f: RunInfo,
    g: Clock,
    h: "Optional[Session]",  # noqa: UP045 -- people write it so
    i: Session | None,
    j: Annotated[Session, "of the run"],
    k: Union["Session", None],
): ...


def test_a_class_is_known_however_the_annotation_is_written():
    filled = filled_parameters(classes, EVERY_RUN)

    assert list(filled.values()) == [
        "session",
        "settings",
        "features",
        "log",
        "log",
        "run",
        "clock",
        "session",
        "session",
        "session",
        "session",
    ]


def for_checkers(
    *,
    a: "hb.RunContext",
    b: "Catalogue",
    c: "Catalogue | None",
    d: "requests.Session",
    e: "Optional[Catalogue]",  # noqa: UP045
    f: "Shelf",
    g: "list[Catalogue]",
): ...


def test_a_class_that_is_imported_for_type_checkers_alone_is_known_by_what_is_written():
    filled = filled_parameters(for_checkers, OFFER)

    assert filled == {"b": "catalogue", "c": "catalogue", "e": "catalogue"}


def others(
    *,
    session: "requests.Session",
    settings: dict,
    run: int,
    log: bool,
    clock: str | None,
    features: list[Features],
): ...


def test_a_name_means_nothing_of_ours_beside_the_annotation_of_another_class():
    # Where it cannot be looked up, the name is all there is.
    assert filled_parameters(others, EVERY_RUN) == {"session": "session"}


def anything(session: Any, settings: object, clock: Executes, due_at: datetime): ...


def test_a_name_counts_beside_an_annotation_that_leaves_open_what_it_is():
    filled = filled_parameters(anything, EVERY_RUN)

    assert filled == {name: name for name in ("session", "settings", "clock", "due_at")}


def provided(books: Books, shelf: int, others: "Books | None" = None, http: str = ""): ...


def test_what_a_house_provides_is_known_by_class_and_by_exact_name():
    filled = filled_parameters(provided, OFFER)

    assert filled == {"books": "books by class", "shelf": "shelf", "others": "books by class"}


def by_default(session=None, log=print, settings: Settings | None = None, context=None): ...


def test_a_default_is_left_to_stand_unless_the_annotation_asks():
    filled = filled_parameters(by_default, EVERY_RUN)

    assert filled == {"settings": "settings", "context": "context"}


class Callable:
    def __call__(self, books: "Books", /): ...

    def method(self, books: "Books"): ...


def wrapped(function):
    @functools.wraps(function)
    def call(*args, **kwargs): ...

    return call


@pytest.mark.parametrize(
    "function",
    [
        Callable(),
        Callable().method,
        functools.partial(Callable.method, None),
        wrapped(Callable().method),
        wrapped(wrapped(Callable.__call__.__get__(Callable()))),
    ],
    ids=["instance", "method", "partial", "decorated", "decorated twice"],
)
def test_annotations_of_whatever_can_be_called_are_read_where_it_was_written(function):
    assert filled_parameters(function, OFFER) == {"books": "books by class"}


def test_what_cannot_be_read_of_an_annotation_asks_for_nothing():
    def odd(one, two, three): ...

    for annotation in ("1 +", "1 / 0", [], "no.such", 7, "'text'", "lambda: 1", None):
        odd.__annotations__ = dict.fromkeys(("one", "two", "three"), annotation)

        assert filled_parameters(odd, OFFER) == {}


def test_what_nobody_fills_is_named():
    assert unfilled(several, [], {}, EVERY_RUN) == ["kind"]
    assert unfilled(several, [], {"kind": 1}, EVERY_RUN) == []
    assert unfilled(only_by_place, [], {}, EVERY_RUN) == ["kind"]


def test_what_has_no_signature_is_told_as_such():
    with pytest.raises(ValueError, match="signature"):
        planned(dict, [], {})


def test_every_class_that_is_offered_is_there_under_that_name():
    found = {full: resolve_name(full.replace("_generic.", "")) for full in EVERY_RUN.classes}

    assert {full: full_name(kind) for full, kind in found.items()} == {full: full for full in found}
