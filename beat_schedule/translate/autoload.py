"""Every module of the folders that the setting `autoload` names, each imported once."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import ModuleType

from beat_schedule.errors import Problem
from beat_schedule.settings import PREFIX, Settings

from .classes import declared_tasks, tasks_in
from .clocks import clocks_in
from .declarations import Declaration
from .functions import imported
from .house import registered_tasks
from .report import UNREAD, RefusedError

AUTOLOAD = f"{PREFIX}AUTOLOAD"

#: What is no declaration, and does something else when it is imported.
_LEFT_OUT = {"conftest", "migrations", "tests"}


@dataclass(frozen=True, slots=True)
class Autoloaded:
    """The modules that could be imported, by name and in order, and what is wrong with others."""

    modules: dict[str, ModuleType] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _tried: set[str] = field(default_factory=set)
    _files: set[Path] = field(default_factory=set)

    def load(self, name: str, place: str) -> None:
        """Import the module and all that lies below it, but what is there already."""
        if name in self._tried:
            return
        self._tried.add(name)
        try:
            module = imported(name)
            files = _files_of(module)
            if files & self._files:
                # It has another name too, or a link leads back to it.
                return
            self._files.update(files)
            self.modules[name] = module
            below = dict(_below(module))
        except RefusedError as refused:
            self.problems.append(Problem(place, refused.reason, refused.cure))
        else:
            for each, file in below.items():
                self.load(each, file)


def autoload(names: Iterable[str]) -> Autoloaded:
    """Import each module, package or folder of the project, and all that lies below it.

    `app/tasks` is the same as `app.tasks`. What cannot be imported is a problem, and stops no
    other. Left out are `tests`, `test_*`, `conftest`, `migrations`, and names that begin with
    `__`.
    """
    found = Autoloaded()
    for said in names:
        name = module_named(said)
        if all(name.split(".")):
            found.load(name, AUTOLOAD)
        else:
            cure = "name a module, or a folder below the project's: tasks, app/tasks"
            found.problems.append(Problem(AUTOLOAD, f"{said!r} names no module", cure))
    return found


def autoloaded(settings: Settings, *, imports: bool) -> list[Declaration]:
    """What the modules of the setting declare, and what is registered by hand.

    Without `imports` only that nobody looked.
    """
    if not imports:
        return [_not_checked()] if settings.autoload else []
    found = autoload(settings.autoload)
    kinds = {name: tasks_in(module) for name, module in found.modules.items()}
    by_hand = [each for each in registered_tasks(settings) if each not in chain(*kinds.values())]
    return [
        Declaration(source=AUTOLOAD, problems=tuple(found.problems), is_read=not found.problems),
        *(declared_tasks(each, _source_of(name), settings) for name, each in kinds.items()),
        *(declared_tasks([each], _source_of(each.__module__), settings) for each in by_hand),
        *clocks_in(found.modules, settings),
    ]


def _not_checked() -> Declaration:
    reason = f"{UNREAD}: what its modules declare is found by importing them"
    return Declaration(source=AUTOLOAD, warnings=(Problem(AUTOLOAD, reason),))


def module_named(said: str) -> str:
    """The dotted name of a module that is named by it, by its file or by its folder."""
    return said.removeprefix("./").removesuffix(".py").rstrip("/").replace("/", ".")


def is_left_out(stem: str) -> bool:
    """Whether no module of that name is looked at."""
    return stem in _LEFT_OUT or stem.startswith(("__", "test_")) or "." in stem


def _source_of(name: str) -> str:
    """An imported module as messages name it: `app/tasks/hi.py`."""
    is_package = hasattr(sys.modules.get(name), "__path__")
    return f"{name.replace('.', '/')}{'/__init__' if is_package else ''}.py"


def _files_of(module: ModuleType) -> set[Path]:
    named = [module.__file__] if module.__file__ else getattr(module, "__path__", ())
    return {Path(each).resolve() for each in named}


def _below(package: ModuleType) -> Iterator[tuple[str, str]]:
    """Modules and folders directly in a package, each with its file as messages name it.

    A folder without `__init__.py` is one too.
    """
    for folder in map(Path, getattr(package, "__path__", ())):
        try:
            paths = sorted(folder.iterdir())
        except OSError as error:
            raise RefusedError(f"{folder} cannot be read: {error.strerror}") from error
        for path in filter(_may_declare, paths):
            name = f"{package.__name__}.{path.stem}"
            yield name, f"{name.replace('.', '/')}{'/__init__' if path.is_dir() else ''}.py"


def _may_declare(path: Path) -> bool:
    if is_left_out(path.stem):
        return False
    return any(path.glob("**/*.py")) if path.is_dir() else path.suffix == ".py"
