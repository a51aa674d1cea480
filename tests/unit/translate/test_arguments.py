"""Where the run's context goes among a function's arguments."""

from typing import Any

import pytest

from beat_schedule.runs.context import RunContext
from beat_schedule.translate import bound_arguments

CONTEXT = "the context"


def none(): ...
def by_name(context): ...
def by_annotation(run: RunContext, kind): ...
def by_text(run: "RunContext | None", kind="loans"): ...
def in_the_middle(kind, context, limit=5): ...
def only_by_name(kind, *, context): ...
def only_by_place(context, /, kind): ...
def many(context, *kinds, **more): ...
def not_filled(kind: Any = None, **context): ...


CALLS = [
    (none, [], {}, (), {}),
    (by_name, [], {}, (CONTEXT,), {}),
    (by_annotation, ["fines"], {}, (CONTEXT, "fines"), {}),
    (by_text, [], {}, (CONTEXT,), {}),
    (in_the_middle, ["fines", 7], {}, ("fines", CONTEXT, 7), {}),
    (in_the_middle, [], {"kind": "fines"}, ("fines", CONTEXT), {}),
    (only_by_name, ["fines"], {}, ("fines",), {"context": CONTEXT}),
    (only_by_place, [], {"kind": "fines"}, (CONTEXT, "fines"), {}),
    (many, ["fines", "fees"], {"limit": 7}, (CONTEXT, "fines", "fees"), {"limit": 7}),
    (not_filled, [], {}, (), {}),
]


@pytest.mark.parametrize(("function", "given", "named", "args", "kwargs"), CALLS)
def test_the_context_fills_its_parameter_and_the_entry_the_others(
    function, given, named, args, kwargs
):
    bound = bound_arguments(function, given, named, CONTEXT)

    assert (bound.args, bound.kwargs) == (args, kwargs)


@pytest.mark.parametrize(
    ("function", "given", "named"),
    [
        (none, [1], {}),
        (by_name, [], {"context": 1}),
        (by_annotation, [], {}),
        (in_the_middle, ["fines"], {"kind": "fines"}),
    ],
)
def test_arguments_that_do_not_fit_are_refused_before_anything_is_called(function, given, named):
    with pytest.raises(TypeError):
        bound_arguments(function, given, named, CONTEXT)
