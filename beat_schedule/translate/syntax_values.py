"""What an expression is worth, read from its syntax tree; an `Unknown` where only a run tells.

A list or dict that may have been changed in a way we cannot follow gets an `Unknown` among its
items, so that what is known of it is still checked.
"""

import ast
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from .report import Unknown

Names: TypeAlias = dict[str, Any]

#: Longer than any list of handlers: doubling a list forty times must not fill the memory.
LONGEST = 100_000

_WHAT: Mapping[type[ast.AST], str] = {
    ast.Attribute: "an attribute",
    ast.Await: "an await",
    ast.Call: "a call",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.IfExp: "a condition",
    ast.JoinedStr: "an f-string",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
}


def value_of(node: ast.expr, names: Names) -> Any:
    """The value; calls that add to a known list or dict are carried out on it."""
    reader = _READERS.get(type(node))
    try:
        return reader(node, names) if reader else unknown(node)
    except (TypeError, ValueError, LookupError, AttributeError):
        return unknown(node)


def unknown(node: ast.AST) -> Unknown:
    return Unknown(getattr(node, "lineno", 0), _WHAT.get(type(node), "an expression"))


def may_have_changed(value: Any, by: Unknown) -> None:
    """Remember among the items of a list or dict that there may be others."""
    if isinstance(value, dict):
        value[by] = by
    elif isinstance(value, list):
        value.append(by)


def added(left: Any, right: Any, node: ast.AST) -> Any:
    """`left + right` or `left | right`, as a new value."""
    if isinstance(left, Unknown):
        return left
    if isinstance(left, dict):
        joined = dict(left)
        merge(joined, right)
        return joined
    if isinstance(left, list):
        extended = list(left)
        extend(extended, right)
        return extended
    if isinstance(right, Unknown):
        return right
    both = left + right
    return both if not hasattr(both, "__len__") or len(both) <= LONGEST else unknown(node)


def merge(target: dict[Any, Any], more: Any) -> None:
    if isinstance(more, Unknown):
        may_have_changed(target, more)
    else:
        target.update(more)


def extend(target: list[Any], more: Any) -> None:
    if isinstance(more, Unknown):
        may_have_changed(target, more)
    elif len(target) + len(more) > LONGEST:
        raise ValueError("too long")
    else:
        target.extend(list(more))


def _constant(node: ast.Constant, _names: Names) -> Any:
    return node.value


def _name(node: ast.Name, names: Names) -> Any:
    return names.get(node.id, Unknown(node.lineno, f"the name {node.id!r}"))


def _dict(node: ast.Dict, names: Names) -> Any:
    built: dict[Any, Any] = {}
    for key, item in zip(node.keys, node.values, strict=True):
        value = value_of(item, names)
        if key is None:
            merge(built, value)
        else:
            _put(built, value_of(key, names), value, item.lineno)
    return built


def _put(built: dict[Any, Any], key: Any, value: Any, line: int) -> None:
    if key in built and not isinstance(key, Unknown):
        again = Unknown(line, f"the key {key!r} again, which drops what it had before")
        built[again] = again
    built[key] = value


def _list(node: ast.List | ast.Tuple | ast.Set, names: Names) -> Any:
    built: list[Any] = []
    for item in node.elts:
        if isinstance(item, ast.Starred):
            extend(built, value_of(item.value, names))
        else:
            built.append(value_of(item, names))
    if isinstance(node, ast.Set):
        return set(built)
    return tuple(built) if isinstance(node, ast.Tuple) else built


def _sum(node: ast.BinOp, names: Names) -> Any:
    left, right = value_of(node.left, names), value_of(node.right, names)
    return added(left, right, node) if isinstance(node.op, ast.Add | ast.BitOr) else unknown(node)


def _text(node: ast.JoinedStr, names: Names) -> Any:
    parts = [value_of(part, names) for part in node.values]
    is_known = all(isinstance(part, str | int) for part in parts)
    return "".join(str(part) for part in parts) if is_known else unknown(node)


def _formatted(node: ast.FormattedValue, names: Names) -> Any:
    is_plain = node.format_spec is None and node.conversion == -1
    return value_of(node.value, names) if is_plain else unknown(node)


def _negative(node: ast.UnaryOp, names: Names) -> Any:
    value = value_of(node.operand, names)
    return -value if isinstance(node.op, ast.USub) and isinstance(value, int) else unknown(node)


def _item(node: ast.Subscript, names: Names) -> Any:
    container, key = value_of(node.value, names), value_of(node.slice, names)
    if isinstance(container, Unknown):
        return container
    return unknown(node) if isinstance(key, Unknown) else container[key]


def _call(node: ast.Call, names: Names) -> Any:
    target = value_of(node.func.value, names) if isinstance(node.func, ast.Attribute) else None
    args = [value_of(arg, names) for arg in node.args]
    if isinstance(node.func, ast.Attribute) and isinstance(target, list | dict):
        method = _METHODS.get((type(target), node.func.attr))
        if method and not node.keywords:
            return method(target, *args)
    for value in (target, *args, *(value_of(each.value, names) for each in node.keywords)):
        may_have_changed(value, unknown(node))
    return unknown(node)


_METHODS: Mapping[tuple[type, str], Callable[..., Any]] = {
    (list, "append"): list.append,
    (list, "extend"): extend,
    (list, "insert"): list.insert,
    (list, "copy"): list.copy,
    (dict, "update"): merge,
    (dict, "setdefault"): dict.setdefault,
    (dict, "get"): dict.get,
    (dict, "copy"): dict.copy,
}

_READERS: Mapping[type[ast.AST], Callable[[Any, Names], Any]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Dict: _dict,
    ast.List: _list,
    ast.Tuple: _list,
    ast.Set: _list,
    ast.BinOp: _sum,
    ast.JoinedStr: _text,
    ast.FormattedValue: _formatted,
    ast.UnaryOp: _negative,
    ast.Subscript: _item,
    ast.Call: _call,
}
