"""Which classes the annotation of a parameter asks for, also where it is text."""

import ast
import inspect
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from types import NoneType, SimpleNamespace, UnionType
from typing import Any

#: What stands around the class that is asked for.
_AROUND = {"Optional", "Union", "Annotated"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an annotation asks for."""

    #: Classes by their full dotted names.
    classes: tuple[str, ...] = ()
    #: As they are written, where they cannot be looked up: imported for type checkers alone.
    written: tuple[str, ...] = ()
    #: Whether anything may be meant, so that the parameter's name decides.
    is_open: bool = True

    @property
    def says_nothing(self) -> bool:
        """Whether there is nothing but the parameter's name to go by."""
        return self == Asked()


def asked_by(annotation: Any, function: Callable[..., Any]) -> Asked:
    """What the annotation of one of the function's parameters asks for."""
    if annotation is inspect.Parameter.empty:
        return Asked()
    if isinstance(annotation, Asked):
        return annotation
    holder = SimpleNamespace(__annotations__={"it": annotation})
    try:
        # Anything may stand in an annotation, and raise when it is looked up.
        found = typing.get_type_hints(holder, globalns=_globals_of(function))["it"]
    except Exception:  # noqa: BLE001
        return Asked(written=tuple(_written_in(str(annotation))))
    kinds = list(_kinds_in(found))
    return Asked(
        classes=tuple(full_name(kind) for kind in kinds if isinstance(kind, type)),
        is_open=any(map(_says_nothing, kinds)),
    )


def full_name(kind: type) -> str:
    """A class as `Asked` names it."""
    return f"{kind.__module__}.{kind.__qualname__}"


def _globals_of(function: Callable[..., Any]) -> dict[str, Any]:
    while isinstance(function, partial):
        function = function.func
    found = inspect.unwrap(function)
    if not inspect.isroutine(found):
        found = type(found).__call__
    return getattr(inspect.unwrap(found), "__globals__", {})


def _kinds_in(found: Any) -> Iterator[Any]:
    """The classes of `X | None`; of `X[Y]` the class X."""
    origin = typing.get_origin(found)
    if origin in {typing.Union, UnionType}:
        for each in typing.get_args(found):
            yield from _kinds_in(each)
    elif found is not NoneType:
        yield origin or found


def _says_nothing(kind: Any) -> bool:
    """A protocol may be anybody's name for what we give."""
    return kind is Any or kind is object or getattr(kind, "_is_protocol", False)


def _written_in(text: str) -> Iterator[str]:
    try:
        yield from _names_in(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError):
        return


def _names_in(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Name() | ast.Attribute():
            yield ast.unparse(node)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _names_in_each((left, right))
        case ast.Constant(value=str() as text):
            yield from _written_in(text)
        case ast.Subscript(value=around, slice=inside) if _last(around) in _AROUND:
            among = inside.elts if isinstance(inside, ast.Tuple) else [inside]
            yield from _names_in_each(among[:1] if _last(around) == "Annotated" else among)


def _names_in_each(nodes: Iterable[ast.expr]) -> Iterator[str]:
    for node in nodes:
        yield from _names_in(node)


def _last(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]
