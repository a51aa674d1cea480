"""Which errors are alike: a short name for one, the same in every process and after every deploy.

It is made of the error's type and of the functions of the project that it came through. Not of its
words, which carry ids and dates; not of line numbers, which move when somebody adds an import; not
of the libraries below, which change with their versions; nor of where the project is installed.
"""

import hashlib
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType

from celery.exceptions import SoftTimeLimitExceeded

from beat_schedule.errors import cause_of

#: Hexadecimal digits: two errors of a million share them once in 37 million projects.
DIGITS = 16

#: Errors that others caused are followed so far.
DEEPEST = 10

_PACKAGE = Path(__file__).parents[1]


def fingerprint_of(error: BaseException) -> str:
    """The same 16 hexadecimal digits for errors that are alike."""
    parts = [part for each in _chain(error) for part in (_type_of(each), *_frames_of(each), "")]
    return hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()[:DIGITS]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it says it comes from."""
    each: BaseException | None = error
    for _ in range(DEEPEST):
        if each is None:
            return
        yield each
        each = cause_of(each)


def _type_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _frames_of(error: BaseException) -> list[str]:
    """The project's functions from the first to the last, each once however deep it recursed."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    own = [frame for frame in frames if not _is_foreign(frame.f_code.co_filename)]
    names = list(dict.fromkeys(map(_name_of, own or frames)))
    # These strike wherever the task happens to be.
    is_from_outside = isinstance(error, SoftTimeLimitExceeded) or not isinstance(error, Exception)
    return names[:1] if is_from_outside else names


def _name_of(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__', '')}:{frame.f_code.co_qualname}"


@cache
def _is_foreign(filename: str) -> bool:
    """Whether a file is Python's, a library's, or ours."""
    path = Path(filename)
    return filename.startswith("<frozen ") or any(map(path.is_relative_to, _foreign_folders()))


@cache
def _foreign_folders() -> frozenset[Path]:
    paths = sysconfig.get_paths()
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    installed = [paths[name] for name in names if paths.get(name)]
    return frozenset({Path(each) for each in installed} | {_PACKAGE} | _folders_of_libraries())


def _folders_of_libraries() -> set[Path]:
    """Where else distributions put packages: Debian has a name of its own for it."""
    names = {"site-packages", "dist-packages"}
    return {Path(each) for each in sys.path if Path(each).name in names}
