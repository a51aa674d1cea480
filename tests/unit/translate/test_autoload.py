"""Folders and modules that are imported to find what they declare."""

import sys
import textwrap

import pytest

from beat_schedule.settings import Settings
from beat_schedule.translate import load
from beat_schedule.translate.autoload import autoload

PROJECT = {
    "yard/__init__.py": "",
    "yard/tasks/hi.py": "",
    "yard/tasks/shop/prices.py": "",
    "yard/tasks/shop/test_prices.py": "raise RuntimeError('a test was imported')",
    "yard/tasks/shop/tests/test_more.py": "raise RuntimeError('a test was imported')",
    "yard/tasks/__main__.py": "raise RuntimeError('a command was run')",
    "yard/tasks/letters/welcome.txt": "no Python",
    "yard/models.py": "",
    "ruin/__init__.py": "",
    "ruin/broken.py": "import os\n\n1 / 0\n",
    "ruin/deep/__init__.py": "raise SystemExit('not today')",
    "ruin/deep/below.py": "",
    "ruin/sound.py": "",
}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    for name, text in PROJECT.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] in {"yard", "ruin", "tasks"}]:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["yard/tasks", "./yard/tasks/", "yard.tasks"])
def test_a_folder_is_imported_with_all_that_lies_below_it(name):
    found = autoload([name])

    assert list(found.modules) == [
        "yard.tasks",
        "yard.tasks.hi",
        "yard.tasks.shop",
        "yard.tasks.shop.prices",
    ]
    assert found.problems == []


def test_a_module_or_its_file_may_be_named_alone():
    assert list(autoload(["yard.models", "yard/tasks/hi.py"]).modules) == [
        "yard.models",
        "yard.tasks.hi",
    ]


@pytest.mark.parametrize("names", [["yard", "yard/tasks"], ["yard/tasks", "yard", "yard"]])
def test_what_several_folders_have_is_found_once(names):
    found = autoload(names)

    assert sorted(found.modules) == [
        "yard",
        "yard.models",
        "yard.tasks",
        "yard.tasks.hi",
        "yard.tasks.shop",
        "yard.tasks.shop.prices",
    ]


def test_a_file_that_two_paths_lead_to_is_found_once(project, monkeypatch):
    monkeypatch.syspath_prepend(project / "yard")

    found = autoload(["yard/tasks", "tasks"])

    assert [name for name in found.modules if name.endswith("hi")] == ["yard.tasks.hi"]


def test_a_link_that_leads_back_does_not_lead_on_for_ever(project):
    (project / "yard" / "tasks" / "again").symlink_to(project / "yard")

    found = autoload(["yard"])

    assert "yard.tasks.again" not in found.modules


def test_what_cannot_be_imported_is_a_problem_and_stops_no_other():
    found = autoload(["ruin", "no_such_yard", "ruin"])

    assert list(found.modules) == ["ruin", "ruin.sound"]
    assert [str(problem) for problem in found.problems] == [
        (
            "ruin/broken.py: importing 'ruin.broken' raised ZeroDivisionError: division by zero "
            "(broken.py line 3)"
        ),
        (
            "ruin/deep/__init__.py: importing 'ruin.deep' raised SystemExit: not today "
            "(deep/__init__.py line 1)"
        ),
        (
            "HOOKBEAT_AUTOLOAD: no module named 'no_such_yard' "
            "(is the project's folder on sys.path? (hookbeat -C DIR))"
        ),
    ]


def test_a_misspelt_name_has_a_suggestion():
    [problem] = autoload(["yard/modles"]).problems

    assert str(problem) == (
        "HOOKBEAT_AUTOLOAD: no module named 'yard.modles' (did you mean 'yard.models'?)"
    )


@pytest.mark.parametrize("name", ["/srv/proj/tasks", "..", ".", "yard//tasks"])
def test_a_folder_that_is_not_below_the_projects_is_refused(name):
    [problem] = autoload([name]).problems

    assert str(problem) == (
        f"HOOKBEAT_AUTOLOAD: {name!r} names no module "
        "(name a module, or a folder below the project's: tasks, app/tasks)"
    )


def test_its_problems_are_told_with_those_of_the_hooks(project):
    (project / "hooks.py").write_text("scheduler_events = {'dayly': []}")

    problems = load(Settings(hooks="./hooks.py", autoload="ruin")).problems

    assert [problem.place for problem in problems] == [
        "./hooks.py: scheduler_events['dayly']",
        "ruin/broken.py",
        "ruin/deep/__init__.py",
    ]


def test_a_project_that_loads_modules_needs_no_hooks_py(monkeypatch, project):
    monkeypatch.setattr(sys, "path", [str(project), *(p for p in sys.path if "hb" not in p)])
    monkeypatch.delitem(sys.modules, "hooks", raising=False)

    assert load(Settings(autoload="yard")).problems == ()


def test_without_imports_nothing_is_executed_and_it_is_said():
    translation = load(Settings(hooks="", autoload="ruin"), imports=False)

    assert translation.problems == ()
    assert [str(warning) for warning in translation.warnings] == [
        "HOOKBEAT_AUTOLOAD: not checked: what its modules declare is found by importing them"
    ]
