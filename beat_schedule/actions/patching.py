"""An option for handlers of a hooks module, as a patch of its text: nothing else is touched."""

import ast
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from beat_schedule.translate.handlers import ROOT

#: With which some editors begin a file.
_MARK = "\ufeff"

_NO_NEWLINE = "\\ No newline at end of file\n"

_PLACE = re.compile(rf"(?P<file>.+): {ROOT}(?P<path>\[.*\])")


@dataclass(frozen=True, slots=True)
class Patch:
    """A unified diff, and the places that it could not reach."""

    text: str
    unreached: list[str] = field(default_factory=list)


def patch(options: Mapping[str, str], name: str) -> Patch:
    """Give the handler at each place (`hooks.py: scheduler_events['daily'][0]`) the option `name`.

    Reached is what stands there as a literal, in a file below the current folder.
    """
    by_file: dict[str, list[tuple[str, str]]] = {}
    unreached = []
    for place, value in options.items():
        if (said := _PLACE.fullmatch(place)) and Path(said["file"]).is_file():
            by_file.setdefault(said["file"], []).append((said["path"], value))
        else:
            unreached.append(place)
    parts = []
    for file, changes in sorted(by_file.items()):
        text = _text_of(Path(file))
        if text is None:
            unreached += [f"{file}: {ROOT}{path}" for path, _ in changes]
            continue
        changed, missed = _changed(text, changes, name)
        unreached += [f"{file}: {ROOT}{path}" for path in missed]
        parts.append(_diff(file, text, changed))
    return Patch("".join(parts), unreached)


def _text_of(file: Path) -> str | None:
    """With the ends of its lines as they are; None of one that a patch in UTF-8 would not fit."""
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError:
        return None


def _changed(text: str, changes: Iterable[tuple[str, str]], name: str) -> tuple[str, list[str]]:
    """The text with the options in it, and the paths that lead to no literal."""
    data = text.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    if text.startswith(_MARK):
        # Python counts the columns of the first line from behind it.
        starts[0] = len(_MARK.encode())
    root = _root(ast.parse(data))
    edits: list[tuple[int, str]] = []
    missed = []
    for path, value in changes:
        added = _insertions(_found(root, path), f'"{name}": "{value}"', starts)
        edits += added
        if not added:
            missed.append(path)
    # From the end, so that no edit moves the place of another.
    for at, put in sorted(edits, reverse=True):
        data = data[:at] + put.encode() + data[at:]
    return data.decode(), missed


def _root(tree: ast.Module) -> ast.expr | None:
    """What is given to `scheduler_events` last."""
    root = None
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        else:
            continue
        if any(isinstance(each, ast.Name) and each.id == ROOT for each in targets):
            root = node.value
    return root


def _found(node: ast.expr | None, path: str) -> ast.expr | None:
    """The expression that the subscripts lead to; None where they lead out of what is literal."""
    for key in _subscripts(path):
        if isinstance(node, ast.Dict):
            items = zip(node.keys, node.values, strict=True)
            node = next((value for at, value in items if _says(at, key)), None)
        elif isinstance(node, ast.List | ast.Tuple) and isinstance(key, int):
            is_plain = not any(isinstance(each, ast.Starred) for each in node.elts)
            node = node.elts[key] if is_plain and key < len(node.elts) else None
        elif key != 0:
            # One handler may stand without brackets: it is the first of its own.
            return None
    return node


def _subscripts(path: str) -> list[Any]:
    """`['cron']['0 6 * * *'][0]` as its keys, the outermost first."""
    keys = []
    node = ast.parse(f"_{path}", mode="eval").body
    while isinstance(node, ast.Subscript):
        keys.append(ast.literal_eval(node.slice))
        node = node.value
    return keys[::-1]


def _says(node: ast.expr | None, key: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == key


def _insertions(node: ast.expr | None, option: str, starts: list[int]) -> list[tuple[int, str]]:
    """What to put where, so that the handler has the option; nothing where it is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [(_start(node, starts), '{"task": '), (_end(node, starts), f", {option}}}")]
    if isinstance(node, ast.Dict) and node.values and None not in node.keys:
        return [(_end(node.values[-1], starts), f", {option}")]
    return []


def _start(node: ast.expr, starts: list[int]) -> int:
    return starts[node.lineno - 1] + node.col_offset


def _end(node: ast.expr, starts: list[int]) -> int:
    return starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)


def _diff(file: str, old: str, new: str) -> str:
    """As git writes and takes it."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True),
        new.splitlines(keepends=True),
        fromfile=f"a/{file}",
        tofile=f"b/{file}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in lines)
