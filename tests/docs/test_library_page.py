import re

from tasks.library.cli import library
from tasks.library.importing.folder import LAYOUTS
from tasks.library.mailing import ALWAYS, SOMETIMES
from tasks.library.models import NoticeState
from tasks.library.settings.specs import SPECS
from tests.docs.pages import ROOT, page, section, table_rows

PAGE = page("docs/library.md")
FAULTS = section(PAGE, "## The 31 faults of the printed version")


def test_every_setting_stands_in_the_page_with_its_default_and_no_other_does():
    rows = {
        row[0].strip("`"): row[1].strip("`") for row in table_rows(section(PAGE, "## Settings"))
    }

    elsewhere = {"loan_period": "not set", "timezone": "HOOKBEAT_TIMEZONE"}
    assert rows == {name: spec.default or elsewhere[name] for name, spec in SPECS.items()}


def test_every_state_of_a_notice_stands_in_the_page():
    rows = table_rows(section(PAGE, "## Never twice, and what that costs"))

    assert {row[0].strip("`") for row in rows} == {state.value for state in NoticeState}


def test_every_count_stands_in_the_page():
    named = set(re.findall(r"`(\w+)`", section(PAGE, "## Counts of a run")))

    assert named >= {"overdue", "members", "queued", *ALWAYS, *SOMETIMES}


def test_every_file_and_column_of_an_import_stands_in_the_page():
    text = section(PAGE, "## Files of an import")

    for layout in LAYOUTS:
        assert f"`{layout.name}` | `{','.join(layout.required)}`" in text
        assert all(f"`{name}`" in text for name in layout.optional)


def test_every_command_stands_in_the_page():
    for name in library.commands:
        assert f"python -m tasks.library {name}" in PAGE, name


def test_each_of_the_31_faults_has_its_answer():
    numbers = re.findall(r"^\| (\d+) \|[^|]+\|[^|]{10,}\|$", FAULTS, re.MULTILINE)

    assert [int(number) for number in numbers] == list(range(1, 32))


def test_every_test_that_the_page_names_exists():
    written = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }

    assert set(re.findall(r"`(test_\w+)`", PAGE)) <= written
