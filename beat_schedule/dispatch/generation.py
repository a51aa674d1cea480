"""The name of a whole declared set: alike in every beat that carries the same."""

import hashlib
import zoneinfo
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from beat_schedule.schedules.fingerprint import stable_text

from .periodic import PeriodicEntry


def generation_of(entries: Iterable[PeriodicEntry]) -> str:
    """A digest of everything declared, and of the rules for zones that it is read by."""
    digest = hashlib.sha256(_zone_rules().encode())
    for entry in sorted(entries, key=lambda each: each.key):
        digest.update(_text(entry).encode())
    return digest.hexdigest()[:16]


def _text(entry: PeriodicEntry) -> str:
    said = [entry.key, entry.task, entry.fingerprint, repr(entry.policy)]
    return stable_text([*said, entry.args, entry.kwargs, entry.options])


def _zone_rules() -> str:
    """Of the machine where it has them, else of the wheel: as `zoneinfo` looks for them."""
    for folder in zoneinfo.TZPATH:
        file = Path(folder) / "tzdata.zi"
        if file.is_file():
            with file.open(encoding="utf-8") as lines:
                return lines.readline()
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return ""
