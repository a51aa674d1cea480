"""Translating without a hooks module, and without looking handlers up."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from beat_schedule.settings import Settings
from beat_schedule.translate import Declaration, Translation, translate_events

Translate = Callable[..., Translation]


@pytest.fixture
def translated() -> Translate:
    def translate(events: object, *, imports: bool = False, **settings: Any) -> Translation:
        declared = Declaration(source="hooks.py", events=events)
        return translate_events([declared], Settings(**settings), imports=imports)

    return translate


@pytest.fixture
def complaints(translated: Translate) -> Callable[..., list[str]]:
    """Every problem as a person reads it."""

    def translate(events: object, **how: Any) -> list[str]:
        return [str(problem) for problem in translated(events, **how).problems]

    return translate


@pytest.fixture
def tasks_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules `jobs` and `house` are imported anew by each test."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] in {"jobs", "house"}]:
        del sys.modules[name]
