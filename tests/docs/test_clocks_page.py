"""docs/clocks.md names all that a clock may say, and its examples are taken as they stand."""

import sys

import pytest

from beat_schedule.schedules import Fields
from beat_schedule.settings import Settings
from beat_schedule.translate import load
from beat_schedule.translate.clock_options import THEIRS
from beat_schedule.translate.clock_triggers import FIELDS_OF
from tests.docs.pages import code_blocks, page, section, table_rows

PAGE = page("docs/clocks.md")


@pytest.mark.parametrize(
    "name", [*FIELDS_OF, *(each for said in FIELDS_OF.values() for each in said)]
)
def test_every_trigger_and_every_field_is_named(name):
    assert f"`{name}`" in section(PAGE, "## Triggers") or f'`"{name}"`' in PAGE


@pytest.mark.parametrize("name", [*THEIRS, "id", "name", "args", "kwargs"])
def test_every_option_of_apscheduler_is_named(name):
    assert f"`{name}`" in section(PAGE, "## Options")


def test_every_example_of_fields_has_a_meaning():
    said = [cells[0].strip("`") for cells in table_rows(section(PAGE, "## Triggers"))]
    examples = [text for text in said if "=" in text]

    assert len(examples) == 7
    for text in examples:
        assert Fields(eval(f"dict({text})")).words()  # noqa: S307 -- of our own page


def test_the_modules_of_the_page_are_taken_as_they_stand(tmp_path, monkeypatch):
    for block in code_blocks(PAGE, "python"):
        file = tmp_path / block.splitlines()[0].removeprefix("# ")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)

    translation = load(Settings(hooks=(), autoload=("scheduled_tasks",)))

    for name in [name for name in sys.modules if name.split(".")[0] == "scheduled_tasks"]:
        del sys.modules[name]
    assert translation.problems == ()
    assert [entry.key for entry in translation.entries] == ["synchronize_titelive_stocks"]
