"""Hooks modules: where each is, and the `scheduler_events` that it declares."""

import importlib
import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from beat_schedule.errors import Problem, suggestion

from .doubled import doubled_keys
from .handlers import ROOT, Handler
from .report import RefusedError
from .syntax_tree import module_values
from .traces import raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What one module says, not yet judged; empty when it cannot be read."""

    #: The module as messages name it: `hooks.py`.
    source: str
    #: Its `scheduler_events`.
    events: object = field(default_factory=dict)
    #: What it declares in another way.
    handlers: tuple[Handler, ...] = ()
    #: Paths of what it declares without saying when.
    unscheduled: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    #: Else nobody knows what it declares: its problems say why.
    is_read: bool = True
    #: Whether it has `scheduler_events`, as a hooks module; they may be empty.
    has_events: bool = False


def load_hooks(modules: Iterable[str], *, imports: bool = True) -> list[Declaration]:
    """Read each module, by its name or by the path of its .py file, in this order.

    Without `imports` nothing is executed: the events come from the syntax tree.
    """
    return [_declaration(module, imports=imports) for module in modules]


def _declaration(module: str, *, imports: bool) -> Declaration:
    is_name = not _is_file(module) and all(module.split("."))
    source = f"{module.replace('.', '/')}.py" if is_name else module
    try:
        _expect_a_name(module)
        values = _imported(module) if imports else _read(module)
        if ROOT not in values:
            return Declaration(source=source, warnings=(_nothing(source, values),))
        doubled = doubled_keys(values.get("__file__"), source) if imports else ()
        return Declaration(source=source, events=values[ROOT], problems=doubled, has_events=True)
    except RefusedError as refused:
        problem = Problem(source, refused.reason, refused.cure)
        return Declaration(source=source, problems=(problem,), is_read=False)


def _expect_a_name(module: str) -> None:
    if not (_is_file(module) or all(module.split("."))):
        raise RefusedError("is no name of a module", "write it as app.hooks, or as a .py file")


def _is_file(module: str) -> bool:
    return module.endswith(".py") or "/" in module


def _nothing(source: str, values: Mapping[str, Any]) -> Problem:
    """A hooks module may schedule nothing; a misspelt one only seems to."""
    if hint := suggestion(ROOT, values):
        raise RefusedError(f"has no {ROOT}", hint.replace("did you mean", "rename"))
    cure = f"{ROOT} = {{'daily': ['module.function']}} would"
    return Problem(source, f"has no {ROOT}: it schedules nothing", cure)


def _imported(module: str) -> Mapping[str, Any]:
    try:
        return vars(
            _file_as_module(module) if _is_file(module) else importlib.import_module(module)
        )
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            raise _missing(module) from error
        raise _raised(module, error) from error
    except RefusedError:
        raise
    except (Exception, SystemExit) as error:
        raise _raised(module, error) from error


def _file_as_module(path: str) -> Any:
    file = _existing(path)
    name = f"hookbeat_hooks_{abs(hash(str(file.resolve())))}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise RefusedError("is no Python file", "its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _existing(path: str) -> Path:
    file = Path(path)
    if not file.is_file():
        raise RefusedError("is no file" if file.exists() else "no such file")
    return file


def _missing(module: str) -> RefusedError:
    return RefusedError(
        f"no module named {module!r}",
        "is the project's folder on sys.path? (hookbeat -C DIR) HOOKBEAT_HOOKS names the modules",
    )


def _raised(module: str, error: BaseException) -> RefusedError:
    file = Path(module).name if _is_file(module) else module.replace(".", "/")
    cure = "name it as a module, not as a file" if "relative import" in str(error) else ""
    return RefusedError(f"importing it raised {raised(error, file)}", cure)


def _read(module: str) -> Mapping[str, Any]:
    file = _existing(module) if _is_file(module) else _found(module)
    try:
        text = file.read_bytes()
    except OSError as error:
        raise RefusedError(f"cannot be read: {error.strerror}") from error
    return module_values(text)


def _found(module: str) -> Path:
    """The module's file, without importing the packages above it."""
    folders: list[str] | None = None
    spec = None
    parts = module.split(".")
    for depth in range(len(parts)):
        spec = PathFinder.find_spec(".".join(parts[: depth + 1]), folders)
        if spec is None:
            raise _missing(module)
        folders = spec.submodule_search_locations
    if spec is None or not spec.has_location or spec.origin is None:
        raise _missing(module)
    return Path(spec.origin)
