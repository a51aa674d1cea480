"""The user's code while it runs: what was edited is read anew, and takes effect as a whole.

What is under way goes on with the code that it began with.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from celery import Celery

from beat_schedule import logs
from beat_schedule.errors import HookbeatError, Problem
from beat_schedule.project import Files, Modules, forget_compiled
from beat_schedule.settings import Settings
from beat_schedule.translate import Translation
from beat_schedule.translate.functions import imported
from beat_schedule.translate.report import RefusedError

#: Seconds between two looks; an edit is read at the look after the one that sees it.
LOOK = 1.0

log = logs.logger("hookbeat.code")


@dataclass(frozen=True, slots=True)
class Version:
    """Numbers that rise: whoever remembers one sees whether there is something new to do."""

    #: Of everything that was imported.
    code: int = 0
    #: Of the entries, and of what is wrong with others.
    entries: int = 0


class Code:
    """Looks at the files of the modules from which the entries come, and reads them anew.

    `declare` makes other entries those of the app; it is told the names of the tasks that were
    dropped, for what was sent before may still come. Modules `kept` are not read anew: those that
    made the app.
    """

    def __init__(
        self,
        app: Celery,
        settings: Settings,
        translation: Translation,
        *,
        declare: Callable[[Translation, Collection[str]], None],
        kept: Collection[str],
    ) -> None:
        self._app = app
        self._settings = settings
        self._translation = translation
        self._declare = declare
        self._modules = Modules(_named(settings, translation), kept)
        self._files = Files(self._modules.folders())
        #: Edited, perhaps not for the last time.
        self._edited: set[Path] = set()
        self._version = Version()
        self._lock = threading.Lock()

    def look(self) -> Version:
        """Read what was edited, once nobody writes any more; what is in force then.

        Code that cannot be imported is logged, and changes nothing.
        """
        with self._lock:
            edited = self._files.changed()
            self._edited |= edited
            if self._edited and not edited:
                edited, self._edited = self._edited, set()
                self._read(edited)
            return self._version

    def _read(self, edited: Collection[Path]) -> None:
        self._warn_of_kept(edited)
        forget_compiled(edited)
        of_loaded = _files_of(self._modules.renewable().values())
        tasks = dict(self._app.tasks)
        try:
            with self._modules.renewed() as before:
                dropped = self._drop_tasks(before)
                translation = self._read_anew(before)
                self._declare(translation, dropped)
        except HookbeatError as broken:
            self._app.tasks.clear()
            self._app.tasks.update(tasks)
            log.error("code.broken", files=_names(edited), reason=str(broken))  # noqa: TRY400
            return
        self._files.follow(self._modules.folders())
        self._note(translation, edited, is_other_code=bool(of_loaded & set(edited)))

    def _read_anew(self, before: Mapping[str, ModuleType]) -> Translation:
        """Raises RefusedError where something of it could be imported before, and cannot be now.

        So it does where hooks that declared something have no `scheduler_events` any more: whoever
        means to remove every entry says `scheduler_events = {}`.
        """
        for name, module in before.items():
            if module.__file__ is None or Path(module.__file__).exists():
                imported(name)
        assert self._translation.again  # noqa: S101 -- for mypy
        translation = self._translation.again()
        for source, said_something in self._translation.hooks.items():
            if said_something and source not in translation.hooks:
                raise RefusedError(_why_silent(source, translation))
        return translation

    def _drop_tasks(self, modules: Mapping[str, ModuleType]) -> list[str]:
        """Celery takes the task that it knows by a name, and not the one that is declared anew."""
        dropped = [
            name
            for name, task in self._app.tasks.items()
            if {type(task).__module__, getattr(task.run, "__module__", None)} & modules.keys()
        ]
        for name in dropped:
            del self._app.tasks[name]
        return dropped

    def _note(
        self, translation: Translation, edited: Collection[Path], *, is_other_code: bool
    ) -> None:
        before, self._translation = self._translation, translation
        said = [(each.entries, each.problems) for each in (before, translation)]
        is_other_set = said[0] != said[1]
        if not (is_other_code or is_other_set):
            return
        self._version = Version(self._version.code + 1, self._version.entries + is_other_set)
        keys = [{each.key for each in entries} for entries, _ in said]
        added, removed = sorted(keys[1] - keys[0]), sorted(keys[0] - keys[1])
        log.info("code.read", files=_names(edited), added=added, removed=removed)
        complain_of(translation, before.problems, before.warnings)

    def _warn_of_kept(self, edited: Collection[Path]) -> None:
        kept = self._modules.loaded().keys() - self._modules.renewable().keys()
        of_kept = _files_of(self._modules.loaded()[name] for name in kept)
        if too_late := of_kept & set(edited):
            cure = "restart it: what makes the app is read at the start alone"
            log.warning("code.kept", files=_names(too_late), cure=cure)


def complain_of(
    translation: Translation,
    known_problems: Iterable[Problem] = (),
    known_warnings: Iterable[Problem] = (),
) -> None:
    """Log what is wrong with entries, but for what was said already."""
    for each in translation.problems:
        if each not in known_problems:
            log.error("entry.left_out", place=each.place, reason=each.reason, cure=each.cure)
    for each in translation.warnings:
        if each not in known_warnings:
            log.warning("entry.doubted", place=each.place, reason=each.reason, cure=each.cure)


def _why_silent(source: str, translation: Translation) -> str:
    told = (*translation.unread, *translation.warnings)
    return next((str(each) for each in told if each.place == source), f"{source}: it is gone")


def _named(settings: Settings, translation: Translation) -> set[str]:
    """The modules that somebody names: what they import stands beside or below them."""
    named = {*settings.hooks, *(each.task for each in translation.entries)}
    named |= {each.removeprefix("./").partition("/")[0] for each in settings.autoload}
    named |= {each.partition(":")[0] for each in (settings.providers, settings.features)}
    return named - {""}


def _files_of(modules: Iterable[ModuleType]) -> set[Path]:
    return {Path(each.__file__).resolve() for each in modules if each.__file__}


def _names(files: Iterable[Path]) -> list[str]:
    return sorted(file.name for file in files)
