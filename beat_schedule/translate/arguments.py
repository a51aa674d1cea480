"""Which parameters of a function its run fills, and which the arguments of its entry.

The annotation of a parameter says what it asks for; where it says nothing, its name does. What the
entry gives by name, the run does not fill; but nobody else can give the context. The entry's other
arguments fill the other parameters, in order and by name.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .annotations import Asked, asked_by
from .offer import EVERY_RUN, Offer

_FILLABLE = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
)

#: Is filled although its parameter has a default, and whatever the entry gives.
_CONTEXT = "context"

NOTHING: Mapping[str, str] = MappingProxyType({})

#: As an argument of an entry it stands for the context of its run.
CONTEXT = "hookbeat:context"

#: The attribute of a function that is given its context by a decorator, as first argument.
GIVES_CONTEXT = "hookbeat_gives_context"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a function is called, but for what its run gives."""

    signature: inspect.Signature
    #: What the entry gives, by parameter.
    arguments: Mapping[str, Any]
    #: By parameter the key of what the run gives.
    filled: Mapping[str, str]

    def bound(self, give: Callable[[str], Any]) -> inspect.BoundArguments:
        """What to call the function with; `give` is asked for what it fills, by key."""
        said = {name: with_context(value, give) for name, value in self.arguments.items()}
        given = {**said, **{name: give(key) for name, key in self.filled.items()}}
        ordered = {name: given[name] for name in self.signature.parameters if name in given}
        return inspect.BoundArguments(self.signature, ordered)


def planned(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    offer: Offer = EVERY_RUN,
) -> Plan:
    """How to call the function with the arguments of its entry.

    Raises TypeError where they do not fit, ValueError where Python knows no signature.

    >>> def send(context, kind): ...
    >>> bound = planned(send, ["loans"], {}).bound("the {}".format)
    >>> bound.args, bound.kwargs
    (('the context', 'loans'), {})
    """
    signature, others, filled = _split(function, offer)
    args = without_needless(args, function, filled)
    theirs = {name: kwargs[name] for name in _may_be_given(filled) if name in kwargs}
    rest = {name: value for name, value in kwargs.items() if name not in theirs}
    arguments = {**others.bind(*args, **rest).arguments, **theirs}
    ours = {name: key for name, key in filled.items() if name not in theirs}
    return Plan(signature, arguments, ours)


def with_context(value: Any, give: Callable[[str], Any]) -> Any:
    """The context where an argument, or one of several, stands for it."""
    if isinstance(value, tuple):
        return tuple(with_context(each, give) for each in value)
    return give(_CONTEXT) if value == CONTEXT else value


def unfilled(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], offer: Offer
) -> list[str]:
    """The parameters without a default that neither the run nor these arguments fill.

    Raises as `planned`.
    """
    _, others, filled = _split(function, offer)
    args = without_needless(args, function, filled)
    rest = {name: value for name, value in kwargs.items() if name not in _may_be_given(filled)}
    given = others.bind_partial(*args, **rest).arguments
    return [
        each.name
        for each in others.parameters.values()
        if each.kind in _FILLABLE
        and each.default is inspect.Parameter.empty
        and each.name not in given
    ]


def filled_parameters(function: Callable[..., Any], offer: Offer) -> dict[str, str]:
    """The parameters that the run fills where the entry does not, each with a key of the offer.

    Raises ValueError as `planned`.
    """
    return _split(function, offer)[2]


def _split(
    function: Callable[..., Any], offer: Offer
) -> tuple[inspect.Signature, inspect.Signature, dict[str, str]]:
    """The signature, the one that is left for the entry's arguments, and what the run fills."""
    signature = inspect.signature(function)
    filled = {}
    for parameter in signature.parameters.values():
        if parameter.kind in _FILLABLE:
            key = _key(parameter, asked_by(parameter.annotation, function), offer)
            if key:
                filled[parameter.name] = key
    others = [each for name, each in signature.parameters.items() if name not in filled]
    return signature, signature.replace(parameters=others), filled


def without_needless(
    args: Sequence[Any], function: Callable[..., Any], filled: Mapping[str, str] = NOTHING
) -> Sequence[Any]:
    """The arguments but for the context, where the function is given that anyway."""
    if _CONTEXT in filled.values() or hasattr(function, GIVES_CONTEXT):
        return [each for each in args if each != CONTEXT]
    return args


def _may_be_given(filled: Mapping[str, str]) -> list[str]:
    return [name for name, key in filled.items() if key != _CONTEXT]


def _key(parameter: inspect.Parameter, asked: Asked, offer: Offer) -> str | None:
    for kind in asked.classes:
        if kind in offer.classes:
            return offer.classes[kind]
    for name in asked.written:
        if key := offer.written(name):
            return key
    if parameter.default is not inspect.Parameter.empty and parameter.name != _CONTEXT:
        # It does without.
        return None
    is_other = not asked.is_open and parameter.name in offer.strict
    return None if is_other else offer.names.get(parameter.name)
