import dataclasses
import re
import sys
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from beat_schedule import signals
from beat_schedule.runs.call import call_of_function
from beat_schedule.runs.context import RunContext
from beat_schedule.runs.providers import providers_of
from beat_schedule.settings import Settings
from beat_schedule.signals import RunInfo, Signal
from beat_schedule.translate.offer import EVERY_RUN
from tests.docs.pages import code_blocks, page, section, table_rows
from tests.unit.runs.surroundings import a_context

PAGE = page("docs/injection.md")
CATALOGUE = """
class Catalogue:
    is_open = True

    @classmethod
    def connect(cls, prefix):
        return cls()

    def shelf(self, name):
        return f"shelf {name}"

    def close(self):
        self.is_open = False
"""


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([\w.]+)`", cell)


def test_every_name_that_a_run_offers_stands_in_the_page_and_no_other_does():
    rows = table_rows(section(PAGE, "## What every run has"))

    assert {name for row in rows for name in names_in(row[0])} == set(EVERY_RUN.names)


@pytest.mark.parametrize("full", EVERY_RUN.classes)
def test_every_class_that_a_run_offers_stands_beside_its_name(full: str):
    rows = table_rows(section(PAGE, "## What every run has"))
    cells = {name: row[1] for row in rows for name in names_in(row[0])}

    assert full.rpartition(".")[2] in cells[EVERY_RUN.classes[full]]


def test_every_signal_stands_in_the_page_with_what_it_carries():
    sent = {name for name, value in vars(signals).items() if isinstance(value, Signal)}
    text = section(PAGE, "## Signals")

    assert {name for row in table_rows(text) for name in names_in(row[0])} == sent
    assert {field.name for field in dataclasses.fields(RunInfo)} <= set(names_in(text))


def test_the_receiver_that_the_page_shows_is_told(monkeypatch):
    posted = []
    monkeypatch.setattr(signals.run_failed, "_receivers", ())
    [shown] = code_blocks(section(PAGE, "## Signals"), "python")
    exec(shown, {"desk": type("Desk", (), {"post": staticmethod(posted.append)})})  # noqa: S102 -- our own page
    context = a_context()

    signals.run_failed.send(dataclasses.replace(context.run, error="LookupError: nothing there"))

    assert posted == ["tasks.shop.close@daily of 2026-03-10: LookupError: nothing there"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch):
    """The page's project, under a name of its own."""
    folder = tmp_path / "page_proj"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "catalogue.py").write_text(CATALOGUE)
    [shown, _] = code_blocks(section(PAGE, "## What a house provides"), "python")
    (folder / "providers.py").write_text(shown)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [each for each in sys.modules if each.startswith("page_proj")]:
        del sys.modules[name]


@pytest.mark.usefixtures("project")
def test_the_providers_that_the_page_shows_give_what_is_asked_for():
    from page_proj.catalogue import Catalogue  # noqa: PLC0415 -- made by this test

    def task(catalogue: Catalogue, shelf, session: Session, context: RunContext):
        assert catalogue.is_open
        return catalogue, shelf, session is context.session

    providers = providers_of(Settings(providers="page_proj.providers:providers"))

    catalogue, *others = call_of_function(task, (), {})(a_context(providers=providers))

    assert others == ["shelf A", True]
    assert not catalogue.is_open
