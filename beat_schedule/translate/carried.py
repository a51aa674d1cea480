"""A Task class as a function: built with what its constructor asks for, then told to handle."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from inspect import BoundArguments, Parameter, Signature
from typing import Any, TypeGuard

from beat_schedule.task import Task

from .annotations import asked_by
from .report import RefusedError

_VARIABLE = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def is_task_class(found: Any) -> TypeGuard[type[Task]]:
    return inspect.isclass(found) and issubclass(found, Task) and found is not Task


def function_of(kind: type[Task]) -> Callable[..., Any]:
    """What a run of the class calls: it takes what constructor and `handle` take.

    What both take by the same name is given to both, and by name only; arguments in order are for
    `handle`. Raises RefusedError where there is no `handle`, or one name asks for two things.
    """
    if inspect.isabstract(kind) or not callable(kind.handle):
        lacking = " and ".join(
            f"{name}()" for name in sorted(kind.__abstractmethods__ or ["handle"])
        )
        reason = f"{kind.__name__} has no {lacking}: it cannot be run"
        raise RefusedError(reason, "define it: `def handle(self): ...`")
    building, handling = _of_constructor(kind), _of_handle(kind)
    signature = _both(building, handling)

    @wraps(kind.handle)
    def run(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        built = _called(kind, building, given)
        return _called(built.handle, handling, given)

    run.__name__ = run.__qualname__ = kind.__name__
    run.__module__, run.__doc__ = kind.__module__, kind.__doc__
    run.__signature__ = signature  # type: ignore[attr-defined]
    return run


def _called(what: Callable[..., Any], signature: Signature, given: Mapping[str, Any]) -> Any:
    ordered = {name: given[name] for name in signature.parameters if name in given}
    bound = BoundArguments(signature, ordered)
    return what(*bound.args, **bound.kwargs)


def _of_constructor(kind: type[Task]) -> Signature:
    """Without `*args` and `**kwargs`, with which it passes on what is not ours to give."""
    whole = _resolved(inspect.signature(kind), kind.__init__)
    return whole.replace(
        parameters=[each for each in whole.parameters.values() if each.kind not in _VARIABLE]
    )


def _of_handle(kind: type[Task]) -> Signature:
    whole = _resolved(inspect.signature(kind.handle), kind.handle)
    if isinstance(inspect.getattr_static(kind, "handle"), staticmethod | classmethod):
        return whole
    _self, *others = whole.parameters.values()
    return whole.replace(parameters=others)


def _resolved(signature: Signature, function: Callable[..., Any]) -> Signature:
    """With what each annotation asks for in its place: only its own function can tell."""
    return signature.replace(
        parameters=[
            each.replace(annotation=asked_by(each.annotation, function))
            for each in signature.parameters.values()
        ]
    )


def _both(building: Signature, handling: Signature) -> Signature:
    """Those of the constructor by name only, before what `handle` takes by any name."""
    ours = building.parameters.values()
    theirs = [each for name, each in handling.parameters.items() if name not in building.parameters]
    named = [
        _agreed(each, handling.parameters.get(each.name)).replace(kind=Parameter.KEYWORD_ONLY)
        for each in ours
    ]
    return Signature(sorted([*theirs, *named], key=lambda each: each.kind))


def _agreed(ours: Parameter, theirs: Parameter | None) -> Parameter:
    """One parameter for both; it is needed where one of them needs it."""
    if theirs is None:
        return ours
    asked = [each.annotation for each in (ours, theirs) if not each.annotation.says_nothing]
    if len(set(asked)) > 1:
        reason = f"constructor and handle() ask for different things by the name {ours.name!r}"
        raise RefusedError(reason, "give one of them another name")
    needed = Parameter.empty in {ours.default, theirs.default}
    return ours.replace(
        annotation=asked[0] if asked else ours.annotation,
        default=Parameter.empty if needed else ours.default,
    )
