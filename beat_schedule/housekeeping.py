"""Keeping house: tasks for anybody's hooks, or to be called from tasks of your own.

`"daily_maintenance": ["beat_schedule.housekeeping.clean"]`; the others say what they need.
"""

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from beat_schedule.decisions import EntryKind
from beat_schedule.entries import Entry
from beat_schedule.errors import HookbeatError
from beat_schedule.policies import Log
from beat_schedule.runs.context import RunContext
from beat_schedule.schedules.base import EARLIEST, LATEST
from beat_schedule.settings import Settings
from beat_schedule.store.definitions import definitions_saying
from beat_schedule.store.keeping import DAY, LEAST, Keep
from beat_schedule.store.retention import Cleaning
from beat_schedule.store.spent import Once
from beat_schedule.times import read_interval
from beat_schedule.translate import load
from beat_schedule.translate.overlay import laid_over
from beat_schedule.translate.said import ONCE

if TYPE_CHECKING:
    # It takes a tenth of a second, and few runs ask for it.
    import httpx


#: Options that say how long what an entry did is needed, or the entry itself.
KEPT_BY = frozenset({"timeout", "catch_up_window", "log", ONCE.name})


class HousekeepingError(HookbeatError):
    """A chore that could not be done, or only in part."""


def clean(context: RunContext) -> None:
    """Take from the record what is older than `HOOKBEAT_KEEP_…` say; reports how many rows went.

    It commits in small steps by the run's own session, and shows as progress how far it is.
    """
    settings = context.settings
    keep = what_to_keep(context.session, settings)
    cleaning = Cleaning(context.session, keep, context.clock.now(), context.progress)
    context.report(**cleaning.clean().counts())


def remove_old_files(context: RunContext, folder: str, older_than: str = "1d") -> None:
    """Remove the files below a folder that nobody has written to for so long (`90s`, `2h`, `7d`).

    Folders stay, and so does what links point to, and the links. Reports how many went, and their
    bytes. One that cannot be removed, or looked into, stops no other; raises HousekeepingError at
    the end then, and at once for a folder that is none.
    """
    if not Path(folder).is_dir():
        raise HousekeepingError(f"{folder} is no folder: nothing was removed")
    before = (context.clock.now() - read_interval(older_than)).timestamp()
    removed = size = 0
    failures: list[str] = []

    def fail(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            failures.append(f"{error.filename} below {folder}: {error.strerror}")

    for path, name, inside in _files(folder, fail):
        try:
            found = os.lstat(name, dir_fd=inside)
            if stat.S_ISREG(found.st_mode) and found.st_mtime < before:
                os.unlink(name, dir_fd=inside)
                removed, size = removed + 1, size + found.st_size
        except FileNotFoundError:
            continue
        except OSError as error:
            failures.append(f"{path}: {error.strerror}")
    context.report(removed=removed, bytes=size, failed=len(failures))
    if failures:
        raise HousekeepingError(f"{len(failures)} could not be removed; {failures[0]}")


def check_version(
    context: RunContext, http: "httpx.Client", index: str = "", package: str = "hookbeat"
) -> None:
    """Look whether there is a newer version of a package; reports both, and logs if there is.

    `index` is the URL of a package index that tells of each as JSON, as PyPI does; if not given,
    `HOOKBEAT_PACKAGE_INDEX`, and without either nobody is asked. It is sent nothing but the
    package's name. Raises HousekeepingError where it does not tell.
    """
    if not (index := index or context.settings.package_index):
        context.report(asked=0)
        return
    answer = http.get(f"{index}/{package}/json", follow_redirects=True)
    if not answer.is_success:
        raise HousekeepingError(f"{index} says {answer.status_code} of {package}")
    try:
        latest = str(answer.json()["info"]["version"])
    except (ValueError, LookupError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise HousekeepingError(
            f"{index} does not tell of {package} as PyPI does: {reason}"
        ) from error
    installed = version(package)
    is_newer = _release(latest) > _release(installed)
    context.report(installed=installed, latest=latest, newer=int(is_newer))
    if is_newer:
        context.log.warning("version.outdated", package=package, installed=installed, latest=latest)


def _files(folder: str, fail: Callable[[OSError], object]) -> Iterator[tuple[str, str, int]]:
    """Path, name, and the open folder around it: what is moved meanwhile leads nowhere else."""
    for path, _, names, inside in os.fwalk(folder, onerror=fail):
        for name in names:
            yield str(Path(path, name)), name, inside


def _release(version: str) -> tuple[int, ...]:
    """Of `1.2.0rc1` 1 and 2: what is compared, without the noughts at the end."""
    numbers = re.match(r"[0-9]+(\.[0-9]+)*", version)
    release = [int(each) for each in numbers[0].split(".")] if numbers else []
    while release and not release[-1]:
        release.pop()
    return tuple(release)


def entries_to_keep(session: Session, settings: Settings) -> Iterable[Entry]:
    """The code's and, of what operators say, all that is kept otherwise than others are."""
    said = definitions_saying(session, KEPT_BY)
    return laid_over(load(settings).entries, said, settings).entries


def what_to_keep(session: Session, settings: Settings) -> Keep:
    """What the settings and the entries say."""
    versions = {
        said.key: said.version
        for said in definitions_saying(session, frozenset({ONCE.name}))
        if said.kind is EntryKind.ENTRY
    }
    entries = tuple(entries_to_keep(session, settings))
    due = {
        entry.key: entry.schedule.first(EARLIEST, LATEST)
        for entry in entries
        if entry.key in versions and entry.event == ONCE.name
    }
    once = {key: Once(due_at, versions[key]) for key, due_at in due.items() if due_at}
    return replace(keep_of(settings, entries), once=once)


def keep_of(settings: Settings, entries: Iterable[Entry]) -> Keep:
    """What the settings say, and no less than the entries need."""
    entries = tuple(entries)
    # A message that no worker has acknowledged comes back when the longest run and the one before
    # it must be over.
    timeouts = [*settings.queue_timeouts.values()]
    timeouts += [entry.timeout for entry in entries if entry.timeout]
    least = max(LEAST, 2 * max(timeouts) + DAY)
    runs = timedelta(days=settings.keep_runs)
    return Keep(
        runs=runs,
        failures=max(runs, timedelta(days=settings.keep_failures)),
        per_entry=settings.keep_per_entry,
        decisions=timedelta(days=settings.keep_decisions),
        audit=timedelta(days=settings.keep_audit),
        renamed=frozenset(entry.key for entry in entries if entry.policy.formerly),
        brief=frozenset(entry.key for entry in entries if entry.run_policy.log is Log.FAILURES),
        # A Redis that went back has what is so late decided, and sent, once more.
        least={entry.key: max(least, entry.policy.catch_up_window + DAY) for entry in entries},
        least_of_others=least,
    )
