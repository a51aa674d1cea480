"""Which arguments survive the way to a worker: what JSON can say, and nothing else."""

import math
from collections.abc import Mapping
from typing import Any

from .report import RefusedError, Unknown, UnknownError

#: Deeper than anybody writes by hand, and far from the interpreter's own limit.
DEEPEST = 50


def json_copy(value: object, name: str, depth: int = 0) -> Any:
    """A copy as JSON would give it back; raises RefusedError naming the part that has no JSON."""
    if isinstance(value, Unknown):
        raise UnknownError(value)
    if depth > DEEPEST:
        raise RefusedError(f"{name} is nested more than {DEEPEST} levels deep")
    if isinstance(value, Mapping):
        return {
            _json_name(key, name): json_copy(item, f"{name}[{key!r}]", depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [json_copy(item, f"{name}[{n}]", depth + 1) for n, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise RefusedError(f"{name} is {value}: JSON has no such number")
    if value is None or isinstance(value, str | int | float):
        return value
    kind = type(value).__name__
    article = "an" if kind[0].lower() in "aeiou" else "a"
    raise RefusedError(
        f"{name} is {article} {kind}: arguments must be JSON",
        "use text, numbers, true, false, null, lists and objects",
    )


def _json_name(key: object, name: str) -> str:
    if isinstance(key, Unknown):
        raise UnknownError(key)
    if isinstance(key, str):
        return key
    raise RefusedError(f"{name} has the name {key!r}: names in JSON are text")
