"""Translating without a hooks module, and without looking handlers up."""

from collections.abc import Callable
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
