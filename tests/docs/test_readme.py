import re
from pathlib import Path

import pytest

from beat_schedule.translate import translate
from tests.docs.pages import ROOT, code_blocks, page, sources

README = page("README.md")


def test_the_readme_can_be_read_in_one_sitting():
    assert len(README.splitlines()) <= 120


def test_the_hooks_that_the_readme_shows_can_be_scheduled():
    shown = next(block for block in code_blocks(README, "python") if "scheduler_events" in block)
    declared: dict = {}
    exec(shown, declared)  # noqa: S102 -- our own page

    entries = translate(declared["scheduler_events"], imports=False)

    assert len(entries) == 4


@pytest.mark.parametrize("path", sources(".md"), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_pages_leads_somewhere(path: Path):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", path.read_text())

    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", sources(".md"), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(path: Path):
    rooms = "beat_schedule|worker|tasks|tests|docs|benchmarks"
    named = re.findall(rf"`((?:{rooms})/[\w./-]*)`", path.read_text())

    assert [file for file in named if not (ROOT / file).exists()] == []
