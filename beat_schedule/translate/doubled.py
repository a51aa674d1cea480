"""Keys written twice in `scheduler_events`, of which Python keeps the last without a word."""

import ast
from collections.abc import Iterator
from pathlib import Path

from beat_schedule.errors import Problem

from .handlers import ROOT


def doubled_keys(file: str | None, source: str) -> tuple[Problem, ...]:
    """A problem for each event or expression that the literal in `file` has twice."""
    try:
        tree = ast.parse(Path(file or "").read_bytes())
    except (OSError, ValueError, SyntaxError):
        return ()
    return tuple(
        problem
        for statement in tree.body
        for literal in _assigned(statement)
        for problem in _doubled(literal, f"{source}: {ROOT}")
    )


def _assigned(statement: ast.stmt) -> Iterator[ast.Dict]:
    """The dict that a statement gives to `scheduler_events`."""
    targets = (
        statement.targets
        if isinstance(statement, ast.Assign)
        else [statement.target]
        if isinstance(statement, ast.AnnAssign)
        else []
    )
    if any(isinstance(target, ast.Name) and target.id == ROOT for target in targets):
        value = getattr(statement, "value", None)
        if isinstance(value, ast.Dict):
            yield value


def _doubled(literal: ast.Dict, place: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for key, value in zip(literal.keys, literal.values, strict=True):
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            continue
        where = f"{place}[{key.value!r}]"
        if key.value in first:
            reason = (
                f"is written twice, in lines {first[key.value]} and {key.lineno}: "
                "Python keeps the second alone"
            )
            yield Problem(where, reason, "put the handlers of both into one list")
        first.setdefault(key.value, key.lineno)
        if isinstance(value, ast.Dict):
            yield from _doubled(value, where)
