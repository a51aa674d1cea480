"""Python files that are looked at again and again; only another content is a change."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was; alike with the same content."""

    digest: bytes
    #: When it was written, and its size: while they stay, nobody reads it.
    mark: tuple[int, int] = field(compare=False)


_Sight: TypeAlias = Mapping[Path, _Seen]


class Files:
    """The `.py` files directly in some folders; `folder/*` is each folder in that one."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = frozenset(folders)
        self._sight: _Sight = _look(self._folders, {})

    def changed(self) -> set[Path]:
        """Those that are new, gone, or another text than when they were looked at last."""
        before, now = self._sight, _look(self._folders, self._sight)
        self._sight = now
        return {path for path in {*before, *now} if before.get(path) != now.get(path)}

    def follow(self, folders: Iterable[Path]) -> None:
        """Look into these from now on; what is in a further one counts as seen."""
        before, self._folders = self._folders, frozenset(folders)
        there = _paths_in(self._folders)
        stays = {path: seen for path, seen in self._sight.items() if path in there}
        self._sight = _look(self._folders - before, {}) | stays


def _look(folders: Iterable[Path], before: _Sight) -> dict[Path, _Seen]:
    paths = _paths_in(folders)
    return {path: seen for path in paths if (seen := _seen(path, before.get(path)))}


def _paths_in(folders: Iterable[Path]) -> set[Path]:
    return {path for folder in folders for path in _files_in(folder)}


def _files_in(folder: Path) -> Iterator[Path]:
    if folder.name == "*":
        for below in _entries_of(folder.parent):
            if below.is_dir() and not below.name.startswith((".", "__")):
                yield from _files_in(Path(below.path))
        return
    yield from (Path(each.path) for each in _entries_of(folder) if each.name.endswith(".py"))


def _entries_of(folder: Path) -> list[os.DirEntry[str]]:
    """Nothing of a folder that is gone, or cannot be read."""
    with suppress(OSError), os.scandir(folder) as found:
        return list(found)
    return []


def _seen(path: Path, before: _Seen | None) -> _Seen | None:
    """None of a file that is gone, or cannot be read."""
    with suppress(OSError):
        stat = path.stat()
        mark = (stat.st_mtime_ns, stat.st_size)
        if before and before.mark == mark:
            return before
        return _Seen(hashlib.sha256(path.read_bytes()).digest(), mark)
    return None
