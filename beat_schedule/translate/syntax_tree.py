"""What a module's names hold, read from its text without executing any of it.

Literals, names bound to literals, `+`, `|`, unpacking and the usual ways to add to a list or a
dict are understood. Whatever else may change a value makes it an `Unknown` with its line.
"""

import ast
import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from .handlers import ROOT
from .report import RefusedError, Unknown
from .syntax_values import Names, added, extend, may_have_changed, merge, unknown, value_of


def module_values(text: bytes) -> Mapping[str, Any]:
    """Every name that the module's own statements bind; raises RefusedError for no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _values_in(ast.parse(text))
    except SyntaxError as error:
        raise RefusedError(f"line {error.lineno} is no Python: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise RefusedError(f"is no Python: {error}") from error


def _values_in(tree: ast.Module) -> Names:
    names: Names = {}
    for statement in tree.body:
        _follow(statement, names)
    return names


def _follow(statement: ast.stmt, names: Names) -> None:
    match statement:
        case ast.Assign(targets=targets, value=value):
            worth = value_of(value, names)
            for target in targets:
                _bind(target, worth, names)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            _bind(target, value_of(value, names), names)
        case ast.AugAssign(target=target, value=value):
            _add(statement, value_of(value, names), names)
        case ast.Expr(value=value):
            value_of(value, names)
        case ast.Import() | ast.ImportFrom():
            _import(statement, names)
        case ast.Delete(targets=targets):
            for target in targets:
                _delete(target, names)
        case _:
            _may_happen(statement, names)


def _bind(target: ast.expr, worth: Any, names: Names) -> None:
    match target:
        case ast.Name(id=name):
            names[name] = worth
        case ast.Subscript(value=value, slice=index):
            container, key = value_of(value, names), value_of(index, names)
            if isinstance(key, Unknown):
                may_have_changed(container, key)
            elif isinstance(container, dict | list):
                with suppress(TypeError, LookupError, ValueError):
                    container[key] = worth
        case _:
            for node in ast.walk(target):
                if isinstance(node, ast.Name):
                    names[node.id] = unknown(node)


def _add(statement: ast.AugAssign, more: Any, names: Names) -> None:
    """`+=` and `|=`; a list or dict grows in place, for every name that it has."""
    grown = value_of(statement.target, names)
    is_sum = isinstance(statement.op, ast.Add | ast.BitOr)
    try:
        if is_sum and isinstance(grown, list):
            extend(grown, more)
        elif is_sum and isinstance(grown, dict):
            merge(grown, more)
        else:
            worth = added(grown, more, statement) if is_sum else unknown(statement)
            _bind(statement.target, worth, names)
    except (TypeError, ValueError):
        _bind(statement.target, unknown(statement), names)


def _import(statement: ast.Import | ast.ImportFrom, names: Names) -> None:
    for alias in statement.names:
        if alias.name == "*":
            names[ROOT] = Unknown(statement.lineno, "an import of every name")
        else:
            name = alias.asname or alias.name.partition(".")[0]
            names[name] = Unknown(statement.lineno, "an import")


def _delete(target: ast.expr, names: Names) -> None:
    match target:
        case ast.Name(id=name):
            names.pop(name, None)
        case ast.Subscript(value=value, slice=index):
            container, key = value_of(value, names), value_of(index, names)
            with suppress(TypeError, LookupError, ValueError):
                del container[key]


def _may_happen(statement: ast.stmt, names: Names) -> None:
    """A condition, a loop, a function: what it binds or touches is known no more."""
    by = Unknown(statement.lineno, _STATEMENTS.get(type(statement), "a statement"))
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names[statement.name] = by
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id] = by
        elif isinstance(node, ast.alias):
            names[node.asname or node.name.partition(".")[0]] = by
        elif isinstance(node, ast.Call | ast.Subscript):
            for part in ast.walk(node):
                if isinstance(part, ast.Name):
                    may_have_changed(names.get(part.id), by)


_STATEMENTS: Mapping[type[ast.stmt], str] = {
    ast.AsyncFunctionDef: "a function",
    ast.ClassDef: "a class",
    ast.For: "a loop",
    ast.FunctionDef: "a function",
    ast.If: "a condition",
    ast.Try: "a try",
    ast.While: "a loop",
    ast.With: "a with",
}
