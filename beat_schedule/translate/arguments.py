"""Which arguments a function takes, and where the run's context goes among them.

The parameter annotated `RunContext`, else the one named `context`, is filled by the run; the
arguments of the entry fill the others, in order and by name.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_ANNOTATION = re.compile(r"\bRunContext\b")
_FILLABLE = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
)


def context_parameter(signature: inspect.Signature) -> str | None:
    """The name of the parameter that the run fills with its context, if there is one."""
    fillable = [each for each in signature.parameters.values() if each.kind in _FILLABLE]
    annotated = [each.name for each in fillable if _is_context(each.annotation)]
    named = [each.name for each in fillable if each.name == "context"]
    return next(iter(annotated + named), None)


def bound_arguments(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], context: object
) -> inspect.BoundArguments:
    """What to call the function with; raises TypeError where the arguments do not fit.

    >>> def send(context, kind): ...
    >>> bound = bound_arguments(send, ["loans"], {}, "the context")
    >>> bound.args, bound.kwargs
    (('the context', 'loans'), {})
    """
    signature = inspect.signature(function)
    filled = context_parameter(signature)
    others = [each for name, each in signature.parameters.items() if name != filled]
    bound = signature.replace(parameters=others).bind(*args, **kwargs)
    if filled is None:
        return bound
    given = {**bound.arguments, filled: context}
    ordered = {name: given[name] for name in signature.parameters if name in given}
    return inspect.BoundArguments(signature, ordered)


def _is_context(annotation: object) -> bool:
    """By name: the class itself comes with SQLAlchemy, and annotations may be text."""
    if annotation is inspect.Parameter.empty:
        return False
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return bool(_ANNOTATION.search(text))
