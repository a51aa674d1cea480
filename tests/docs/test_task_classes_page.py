import sys
from typing import Any

import pytest

from beat_schedule.settings import Settings
from beat_schedule.translate import load
from beat_schedule.translate.run_every import TIMES
from tests.docs.pages import code_blocks, page, section, table_rows

PAGE = page("docs/task-classes.md")
EXAMPLES = [each for each in code_blocks(PAGE, "python") if "(Task):" in each]

#: What the examples are shown without.
PRELUDE = """
import httpx
from beat_schedule import Task
from sqlalchemy.orm import Session
"""
PROVIDERS = """
from beat_schedule.runs.providers import Providers

providers = Providers()
providers.provide(for_="mailer", build=lambda context: None)
"""


def test_every_attribute_that_says_when_stands_in_the_table_and_no_other_does():
    rows = table_rows(section(PAGE, "## When it runs"))

    assert {row[0].strip("`") for row in rows if row[0]} == TIMES


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_classes_that_the_page_shows_are_declared_as_they_stand(tmp_path, monkeypatch, example):
    (tmp_path / "page_tasks.py").write_text(PRELUDE + example)
    (tmp_path / "page_providers.py").write_text(PROVIDERS)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("page_tasks", "page_providers"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    translation = load(
        Settings(hooks="", autoload="page_tasks", providers="page_providers:providers")
    )

    assert translation.problems + translation.warnings == ()
    assert len(translation.entries) == 1


def test_the_test_that_the_page_shows_passes():
    [shown] = code_blocks(section(PAGE, "## In a test"), "python")
    names: dict[str, Any] = {}
    exec(EXAMPLES[0] + shown, names)  # noqa: S102 -- our own page

    names["test_it_greets"]()
