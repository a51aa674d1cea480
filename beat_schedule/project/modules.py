"""The modules of the user's own project: found, imported anew, and put back."""

import importlib.util
import inspect
import sys
import sysconfig
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

#: Where nobody edits anything.
_INSTALLED = {"site-packages", "dist-packages"}
_PYTHON = {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")}
_OURS = __name__.partition(".")[0]


def being_imported() -> frozenset[str]:
    """The modules whose code runs right now, from here up.

    Whoever makes something that others keep, such as an app, must not be imported anew.
    """
    names = set()
    frame = inspect.currentframe()
    while frame:
        names.add(str(frame.f_globals.get("__name__")))
        frame = frame.f_back
    return frozenset(names)


class Modules:
    """What was imported from the folders in which the named modules stand.

    `named` are modules, or files by their paths; `kept` is never imported anew. What is installed
    is nobody's own, nor are we.
    """

    def __init__(self, named: Iterable[str], kept: Collection[str] = ()) -> None:
        self._roots = {root for name in named if (root := _root_of(name)) and _is_own(root)}
        self._kept = {above for name in kept for above in _with_those_above(name)}

    def loaded(self) -> dict[str, ModuleType]:
        """Everything of theirs, by name."""
        return {
            name: module
            for name, module in list(sys.modules.items())
            if name.partition(".")[0] not in {_OURS, "__main__"}
            and any(self._is_below_a_root(place) for place in _places_of(module))
        }

    def renewable(self) -> dict[str, ModuleType]:
        """What may be imported anew."""
        return {name: each for name, each in self.loaded().items() if name not in self._kept}

    def folders(self) -> set[Path]:
        """Where a file may be written that changes what is imported; `*` is each folder below."""
        found = set(self._roots)
        for each in self.loaded().values():
            places = _places_of(each)
            found |= places
            if hasattr(each, "__path__"):
                # It may get a folder that is not there yet.
                found |= {place / "*" for place in places}
        return found

    @contextmanager
    def renewed(self) -> Iterator[Mapping[str, ModuleType]]:
        """Inside, everything renewable is imported anew by whoever asks for it.

        Gives what was there before; after an exception, that stands again.
        """
        before = self.renewable()
        for name in before:
            del sys.modules[name]
        importlib.invalidate_caches()
        try:
            with _on_path(self._roots):
                yield before
        except BaseException:
            for name in self.renewable():
                del sys.modules[name]
            sys.modules.update(before)
            _name_in_their_packages(before)
            raise

    def _is_below_a_root(self, place: Path) -> bool:
        return _is_own(place) and any(place.is_relative_to(root) for root in self._roots)


@contextmanager
def _on_path(folders: Iterable[Path]) -> Iterator[None]:
    """Celery has the project's folder there only while it imports the app."""
    missing = [str(folder) for folder in folders if str(folder) not in sys.path]
    sys.path[:0] = missing
    try:
        yield
    finally:
        for each in missing:
            sys.path.remove(each)


def forget_compiled(files: Iterable[Path]) -> None:
    """Python compares the second and the size: an edit that keeps both would not be seen."""
    for file in files:
        with suppress(OSError, NotImplementedError):
            Path(importlib.util.cache_from_source(str(file))).unlink()


def _root_of(name: str) -> Path | None:
    """The folder from which it is imported; None where there is no such module, or it is ours."""
    if name.endswith(".py") or "/" in name:
        return Path(name).resolve().parent
    if name.partition(".")[0] == _OURS:
        return None
    with suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(name.partition(".")[0])
        if spec and spec.submodule_search_locations:
            return Path(next(iter(spec.submodule_search_locations))).resolve().parent
        if spec and spec.has_location and spec.origin:
            return Path(spec.origin).resolve().parent
    return None


def _places_of(module: ModuleType) -> set[Path]:
    """The folder of its file, or those of a package."""
    with suppress(Exception):
        # Whatever stands among the modules may answer as it likes.
        if file := getattr(module, "__file__", None):
            return {Path(file).resolve().parent}
        return {Path(each).resolve() for each in getattr(module, "__path__", ())}
    return set()


def _is_own(place: Path) -> bool:
    if _INSTALLED.intersection(place.parts):
        return False
    return not any(place.is_relative_to(python) for python in _PYTHON)


def _with_those_above(name: str) -> Iterator[str]:
    """`a.b.c`, `a.b` and `a`: who keeps a module keeps its packages."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _name_in_their_packages(modules: Mapping[str, ModuleType]) -> None:
    """As the import of a module below a package does."""
    for name, module in modules.items():
        package, _, last = name.rpartition(".")
        if package in sys.modules:
            setattr(sys.modules[package], last, module)
