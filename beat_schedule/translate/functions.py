"""From a dotted path to the function that runs, and why it cannot run."""

import inspect
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from celery.app.task import Task

from beat_schedule.errors import suggestion

from .arguments import filled_parameters, planned, unfilled, without_needless
from .carried import function_of, is_task_class
from .offer import EVERY_RUN, Offer
from .report import RefusedError
from .traces import raised


def function_at(path: str) -> Any:
    """What the dotted path names, as a function also where it is a Task class.

    Raises RefusedError when there is no such thing to call.
    """
    found = found_at(path)
    if is_task_class(found):
        _refuse_what_does_not_run(f"{path}.handle", found.handle)
        return function_of(found)
    _refuse_what_cannot_run(path, found)
    return found


def exception_at(path: str) -> str:
    """The name that the exception at this path has itself, which may be elsewhere.

    Raises RefusedError when there is none. One without a module is Python's own.
    """
    if "." not in path:
        return path
    found = found_at(path)
    if isinstance(found, type) and issubclass(found, Exception):
        return f"{found.__module__}.{found.__qualname__}"
    raise RefusedError(f"{path} is no exception that a task may raise", "name a class of them")


def found_at(path: str) -> Any:
    """What the dotted path names; raises RefusedError when there is no such thing."""
    module_name, _, name = path.rpartition(".")
    module = imported(module_name)
    try:
        return getattr(module, name)
    except AttributeError:
        raise _not_in(module, name) from None


def _not_in(module: ModuleType, name: str) -> RefusedError:
    parent = module.__name__
    if name in _modules_in(parent):
        return RefusedError(
            f"{parent}.{name} is a module", f"name a function in it: '{parent}.{name}.function'"
        )
    return RefusedError(f"module {parent!r} has no {name!r}", _near(name, dir(module), parent))


def signed(function: Any) -> Any:
    """What has the signature that arguments must fit: of a Celery task its body."""
    return function.run if isinstance(function, Task) else function


def check_arguments(
    path: str,
    function: Any,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    offer: Offer = EVERY_RUN,
) -> None:
    """Raise RefusedError unless a call with these arguments would be one that Python accepts."""
    is_task = isinstance(function, Task)
    if is_task and not function.typing:
        return
    try:
        if is_task:
            inspect.signature(function.run).bind(*without_needless(args, function.run), **kwargs)
        else:
            _check_parameters(path, function, args, kwargs, offer)
            planned(function, args, kwargs, offer)
    except TypeError as error:
        filled = {} if is_task else filled_parameters(function, offer)
        ours = f"; the run fills {', '.join(filled)} if 'kwargs' does not" if filled else ""
        raise RefusedError(
            f"{path} does not take these arguments: {error}",
            f"give each in 'args' or 'kwargs'{ours}",
        ) from None
    except ValueError:
        return  # Written in C without a signature: only the call can tell.


def _check_parameters(
    path: str, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any], offer: Offer
) -> None:
    missing = unfilled(function, args, kwargs, offer)
    if not missing:
        return
    hint = next(filter(None, (suggestion(name, offer.names) for name in missing)), "")
    what = "parameter" if len(missing) == 1 else "parameters"
    raise RefusedError(
        f"nobody fills the {what} {' and '.join(map(repr, missing))} of {path}",
        f"{hint + ' ' if hint else ''}give it in 'args' or 'kwargs', or provide it "
        f"(HOOKBEAT_PROVIDERS); a run fills {', '.join(sorted(offer.names))}",
    )


def imported(name: str) -> ModuleType:
    """The module; raises RefusedError when it is not there or does not import."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise RefusedError(f"importing {name!r} raised {raised(error)}") from error
        raise RefusedError(f"no module named {error.name!r}", _near_module(error.name)) from error
    except (Exception, SystemExit) as error:
        raise RefusedError(f"importing {name!r} raised {raised(error)}") from error


def _near_module(missing: str) -> str:
    parent, _, name = missing.rpartition(".")
    siblings = _modules_in(parent)
    if hint := _near(name, siblings, parent):
        return hint
    if parent:
        return f"{parent!r} has the modules {', '.join(siblings) or 'none'}"
    return "is the project's folder on sys.path? (hookbeat -C DIR)"


def _modules_in(parent: str) -> list[str]:
    """The modules of a package, or those that can be imported at the top."""
    if parent and not hasattr(sys.modules.get(parent), "__path__"):
        return []
    folders = sys.modules[parent].__path__ if parent else None
    return sorted(each.name for each in pkgutil.iter_modules(folders))


def _near(name: str, known: Sequence[str], parent: str) -> str:
    hint = suggestion(name, [each for each in known if not each.startswith("__")])
    return hint.replace("mean '", f"mean '{parent}.") if parent else hint


def _refuse_what_cannot_run(path: str, found: Any) -> None:
    if isinstance(found, Task):
        return
    if isinstance(found, ModuleType):
        raise RefusedError(f"{path} is a module", f"name a function in it: '{path}.function'")
    if inspect.isclass(found):
        raise RefusedError(
            f"{path} is a class: a run calls functions",
            "name a function, or derive it from beat_schedule.Task",
        )
    if not callable(found):
        raise RefusedError(f"{path} is no function: its type is {type(found).__name__}")
    called = found if inspect.isroutine(found) else getattr(found, "func", type(found).__call__)
    _refuse_what_does_not_run(path, called)


def _refuse_what_does_not_run(path: str, called: Any) -> None:
    """What does nothing when it is called but to return something to wait for."""
    if inspect.iscoroutinefunction(called):
        raise RefusedError(
            f"{path} is an async function: nobody would await it",
            "wrap it in a function that calls asyncio.run()",
        )
    if inspect.isgeneratorfunction(called) or inspect.isasyncgenfunction(called):
        raise RefusedError(
            f"{path} is a generator: a call would not run its body", "make it return, not yield"
        )
