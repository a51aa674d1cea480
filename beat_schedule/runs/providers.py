"""What a house lets its tasks ask for, registered in one place.

The setting HOOKBEAT_PROVIDERS names it, so that `hookbeat check` knows it too.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from types import MappingProxyType
from typing import Any, TypeAlias

from beat_schedule.errors import Problem, SettingsError
from beat_schedule.settings import Settings
from beat_schedule.task import Task
from beat_schedule.translate.annotations import full_name
from beat_schedule.translate.carried import is_task_class
from beat_schedule.translate.house import PROVIDERS, providers_named
from beat_schedule.translate.offer import EVERY_RUN, Offer
from beat_schedule.translate.report import RefusedError

#: Takes the run's context, and returns what is asked for, or a context manager that enters to it.
Build: TypeAlias = Callable[[Any], Any]

MAILER = "mailer"

#: A class that is asked for by this name too.
_NAMED = {"beat_schedule.runs.context.Mailer": MAILER, "httpx.Client": "http"}

#: What is the run's own: nobody else can give it.
_OWN = frozenset(EVERY_RUN.names.values()) - {"http"}


class Providers:
    """From a class, or the name of a parameter, to what builds it for a run."""

    def __init__(self) -> None:
        self._builds: dict[str, Build] = {}
        self._classes: dict[str, str] = {}
        self._tasks: list[type[Task]] = []

    @classmethod
    def giving(cls, **values: Any) -> "Providers":
        """Providers of values that are there already, by name: for tests."""
        made = cls()
        for name, value in values.items():
            made.provide(for_=name, build=_always(value))
        return made

    def provide(self, *, for_: type | str, build: Build) -> None:
        """Let parameters that are annotated with that class, or have that name, be filled.

        `build` is called with the run's context when a function asks for it, at most once a run.
        What it returns is what the function gets; a context manager is entered for it, and left
        after the call. Raises ValueError for what is the run's own or provided already.
        """
        key = _key(for_)
        if EVERY_RUN.names.get(key, EVERY_RUN.classes.get(key)) in _OWN:
            raise ValueError(f"{key} is the run's own: nobody else can provide it")
        if key in self._builds:
            raise ValueError(f"{key} is provided already: register it once")
        self._builds[key] = build
        if isinstance(for_, type):
            self._classes[full_name(for_)] = key

    def register(self, kind: type[Task]) -> None:
        """Schedule a Task that is in no module which HOOKBEAT_AUTOLOAD names.

        Raises ValueError for what is no Task class.
        """
        if not is_task_class(kind):
            raise ValueError(f"{kind!r} is no Task: derive it from beat_schedule.Task")
        self._tasks.append(kind)

    @property
    def tasks(self) -> Sequence[type[Task]]:
        """The Tasks that are registered here, each once."""
        return tuple(dict.fromkeys(self._tasks))

    @property
    def offer(self) -> Offer:
        """What a run offers with them."""
        names = [key for key in self._builds if key.isidentifier()]
        aliases = {full: key for full, key in _NAMED.items() if key in self._builds}
        return EVERY_RUN.having(self._classes | aliases, names)

    @property
    def builds(self) -> Mapping[str, Build]:
        """What builds it, by key."""
        return MappingProxyType(self._builds)


def providers_of(settings: Settings) -> Providers:
    """Those that the setting names; raises SettingsError when they are not there."""
    if not settings.providers:
        return Providers()
    try:
        found = providers_named(settings.providers)
    except RefusedError as refused:
        raise SettingsError([Problem(PROVIDERS, refused.reason, refused.cure)]) from refused
    if isinstance(found, Providers):
        return found
    raise SettingsError([Problem(PROVIDERS, f"{settings.providers} is no Providers")])


def _key(for_: type | str) -> str:
    if isinstance(for_, str) and for_.isidentifier():
        return for_
    if inspect.isclass(for_):
        return _NAMED.get(full_name(for_), full_name(for_))
    raise ValueError(f"{for_!r} is neither a class nor the name of a parameter")


def _always(value: Any) -> Build:
    def build(_context: Any) -> Any:
        # A value that is a context manager itself is its owner's to enter.
        return nullcontext(value)

    return build
