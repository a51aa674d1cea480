"""The two sides of a plan: a file, a module, a project's folder, or a revision in git."""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from beat_schedule.entries import Entry
from beat_schedule.errors import NotFoundError, Problem
from beat_schedule.settings import Settings
from beat_schedule.translate import Translation, load

from .project import translation_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one of the two declares."""

    name: str
    entries: Sequence[Entry]
    problems: Sequence[Problem]


def side_of(said: str, settings: Settings) -> Side:
    """What `said` names, its entries read; raises NotFoundError for what is none of the four.

    A file or a module is read as text, and imported only where its text does not tell all. The
    modules of a folder, and of a revision, are imported, in a process of their own.
    """
    path = Path(said)
    if path.is_dir():
        return _side(said, translation_in(path.resolve()))
    if path.is_file() or _is_module(said):
        return _side(said, _read(said, settings))
    if commit := _commit(said):
        return _side(said, _at_commit(commit))
    raise NotFoundError(
        f"{said!r} is no file, no module, no folder and no revision in git that is known here"
    )


def _side(name: str, translation: Translation) -> Side:
    return Side(name=name, entries=translation.entries, problems=translation.problems)


def _read(module: str, settings: Settings) -> Translation:
    as_text = load(settings, imports=False, modules=[module])
    return as_text if as_text.is_whole else load(settings, modules=[module])


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _commit(revision: str) -> str:
    """Its full name; empty where there is no such revision, or no git."""
    if shutil.which("git") is None:
        return ""
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    done = _git(*asked)
    return done.stdout.strip() if done.returncode == 0 else ""


def _at_commit(commit: str) -> Translation:
    """As this folder was then."""
    below = _git("rev-parse", "--show-prefix").stdout.strip()
    with tempfile.TemporaryDirectory() as place:
        packed, folder = Path(place) / "tree.tar", Path(place) / "tree"
        folder.mkdir()
        done = _git("archive", "--format=tar", f"--output={packed}", f"{commit}:{below}")
        if done.returncode != 0:
            raise NotFoundError(f"this folder is not in {commit[:8]}: {done.stderr.strip()}")
        with tarfile.open(packed) as tree:
            tree.extractall(folder, filter="data")
        return translation_in(folder)


def _git(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 -- git, with words of ours and a name after them
        ["git", *words],  # noqa: S607 -- as the person at the terminal would find it
        capture_output=True,
        text=True,
        check=False,
    )
