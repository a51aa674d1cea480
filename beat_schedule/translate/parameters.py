"""Arguments by name as text, as CiviCRM's jobs have them: `key=value` lines, or a JSON object."""

import inspect
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from .annotations import asked_by
from .report import RefusedError, shown

_CURE = 'write one name=value on each line, or a JSON object: {"kind": "loans"}'

#: Classes that a line can be checked against, and what of JSON they take.
_TAKES: Mapping[str, tuple[type, ...]] = {
    "builtins.str": (str,),
    "builtins.int": (int,),
    "builtins.float": (int, float),
    "builtins.bool": (bool,),
    "builtins.list": (list,),
    "builtins.dict": (dict,),
}


class Lines(dict[str, Any]):
    """Arguments that were written as lines."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__({name: _value(text) for name, text in texts.items()})
        #: Each as it stands in its line.
        self.texts = texts


def read_parameters(text: str) -> Mapping[str, Any]:
    r"""The arguments that the text names; raises RefusedError for a bad one.

    A value that is JSON is what JSON says, any other is text, until it is `fitted` to a function.
    Empty lines and lines that begin with `#` say nothing.

    >>> read_parameters("kind=loans\nlimit=100\nzip=01234")
    {'kind': 'loans', 'limit': 100, 'zip': '01234'}
    """
    if text.lstrip().startswith("{"):
        return _object(text)
    return Lines(_once(_lines(text)))


def fitted(kwargs: Mapping[str, Any], path: str, function: Callable[..., Any]) -> Mapping[str, Any]:
    """The same, and what came from lines as the function's annotations ask for it.

    A parameter that is annotated as text gets the text of its line, also where that is JSON. Raises
    RefusedError for a line that is not what its parameter asks for.
    """
    if not isinstance(kwargs, Lines):
        return kwargs
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return dict(kwargs)
    asked = {
        name: asked_by(parameter.annotation, function).classes
        for name, parameter in parameters.items()
    }
    return {name: _fit(name, kwargs, asked.get(name, ()), path) for name in kwargs}


def _fit(name: str, lines: Lines, classes: Collection[str], path: str) -> Any:
    value = lines[name]
    if value is None or any(_takes(kind, value) for kind in classes):
        return value
    if "builtins.str" in classes:
        return lines.texts[name]
    if classes and set(classes) <= _TAKES.keys():
        wanted = " or ".join(kind.removeprefix("builtins.") for kind in classes)
        raise RefusedError(
            f"{path} asks for {wanted} as {name}: {shown(lines.texts[name])} is none",
            "a value that is JSON is what JSON says, any other is text",
        )
    return value


def _takes(kind: str, value: Any) -> bool:
    """Python counts with True, but nobody who asks for a number means it."""
    is_counted = isinstance(value, bool) and kind != "builtins.bool"
    return isinstance(value, _TAKES.get(kind, ())) and not is_counted


def _object(text: str) -> Mapping[str, Any]:
    try:
        said: dict[str, Any] = json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise RefusedError("kwargs is nested too deep for JSON", _CURE) from None
    except ValueError as error:
        raise RefusedError(f"kwargs is not JSON: {error}", _CURE) from None
    return said


def _lines(text: str) -> Iterable[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, sign, value = (part.strip() for part in line.partition("="))
        if not sign or not name.isidentifier():
            raise RefusedError(f"line {number} of kwargs is {shown(line.strip())}", _CURE)
        yield name, value


def _value(said: str) -> Any:
    try:
        return json.loads(said, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return said


def _no_number(said: str) -> None:
    """Python would take `NaN`, which JSON has not."""
    raise ValueError(said)


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise RefusedError(f"kwargs names {name!r} twice", "keep one of them")
        found[name] = value
    return found
