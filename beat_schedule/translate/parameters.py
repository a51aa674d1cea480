"""Arguments by name as text, as CiviCRM's jobs have them: `key=value` lines, or a JSON object."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .report import RefusedError, shown

_CURE = 'write one name=value on each line, or a JSON object: {"kind": "loans"}'


def read_parameters(text: str) -> Mapping[str, Any]:
    r"""The arguments that the text names; raises RefusedError for a bad one.

    A value that is JSON is what JSON says, any other is text. Empty lines and lines that begin
    with `#` say nothing.

    >>> read_parameters("kind=loans\nlimit=100\nzip=01234")
    {'kind': 'loans', 'limit': 100, 'zip': '01234'}
    """
    return _object(text) if text.lstrip().startswith("{") else _once(_lines(text))


def _object(text: str) -> Mapping[str, Any]:
    try:
        said: dict[str, Any] = json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise RefusedError("kwargs is nested too deep for JSON", _CURE) from None
    except ValueError as error:
        raise RefusedError(f"kwargs is not JSON: {error}", _CURE) from None
    return said


def _lines(text: str) -> Iterable[tuple[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, sign, value = (part.strip() for part in line.partition("="))
        if not sign or not name.isidentifier():
            raise RefusedError(f"line {number} of kwargs is {shown(line.strip())}", _CURE)
        yield name, _value(value)


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
