"""Hooks modules: merged in order, each with its own place, and none stops the others."""

import sys
import textwrap

import pytest

from beat_schedule.errors import Problem
from beat_schedule.settings import Settings
from beat_schedule.translate import load

MODULES = {
    "first_hooks.py": 'scheduler_events = {"daily": ["time.time"]}',
    "guest/__init__.py": "raise RuntimeError('imported')",
    "app/__init__.py": "",
    "app/hooks.py": 'scheduler_events = {"daily": ["time.time"], "weekly": ["time.time"]}',
    "bare_hooks.py": "schedular_events = {}",
    "empty_hooks.py": "",
    "broken_hooks.py": "import os\n\n\n1 / 0\n",
    "needy_hooks.py": "from no_such_room import events as scheduler_events",
    "unread_hooks.py": "scheduler_events = {\n",
    "doubled_hooks.py": """
        scheduler_events = {
            "daily": ["time.time"],
            "cron": {"0 6 * * *": ["time.ctime"], "0 6 * * *": ["time.time"]},
            "daily": ["time.ctime"],
        }
    """,
}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    for name, text in MODULES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("app", "app.hooks", *(file.removesuffix(".py") for file in MODULES)):
        sys.modules.pop(name, None)


def loaded(*modules, imports):
    return load(Settings(), imports=imports, modules=modules)


@pytest.mark.parametrize("imports", [True, False])
@pytest.mark.parametrize("name", [".", "app.", ".hooks", "app..hooks"])
def test_what_cannot_be_the_name_of_a_module_is_a_problem(name, imports):
    [problem] = loaded(name, imports=imports).problems

    assert (problem.place, problem.reason) == (name, "is no name of a module")
    assert "app.hooks" in problem.cure


@pytest.mark.parametrize("imports", [True, False])
def test_modules_are_merged_in_their_order(imports):
    translation = load(Settings(hooks="app.hooks,first_hooks"), imports=imports)

    assert [entry.key for entry in translation.entries] == ["time.time@daily", "time.time@weekly"]
    assert [str(problem) for problem in translation.problems] == [
        (
            "first_hooks.py: scheduler_events['daily'][0]: has the key 'time.time@daily' of "
            "app/hooks.py: scheduler_events['daily'][0] too "
            "(drop one, or give one a 'name' of its own)"
        )
    ]


@pytest.mark.parametrize("imports", [True, False])
def test_a_file_is_read_as_a_module_is(project, imports):
    file = str(project / "first_hooks.py")

    [entry] = loaded(file, imports=imports).entries

    assert entry.place == f"{file}: scheduler_events['daily'][0]"


@pytest.mark.parametrize("imports", [True, False])
@pytest.mark.parametrize(
    ("module", "said"),
    [
        (
            "no_such_hooks",
            (
                "no_such_hooks.py: no module named 'no_such_hooks' (is the project's folder on "
                "sys.path? (hookbeat -C DIR) HOOKBEAT_HOOKS names the modules)"
            ),
        ),
        ("./no_such.py", "./no_such.py: no such file"),
        (
            "bare_hooks",
            "bare_hooks.py: has no scheduler_events (rename 'schedular_events'?)",
        ),
    ],
)
def test_a_module_that_cannot_be_read_is_a_problem_and_the_next_still_loads(module, said, imports):
    translation = loaded(module, "first_hooks", imports=imports)

    assert [str(problem) for problem in translation.problems] == [said]
    assert len(translation.entries) == 1


@pytest.mark.parametrize("imports", [True, False])
def test_a_module_that_schedules_nothing_is_only_doubted(imports):
    translation = loaded("empty_hooks", "first_hooks", imports=imports)

    assert translation.problems == ()
    (warning,) = translation.warnings
    assert str(warning).startswith("empty_hooks.py: has no scheduler_events: it schedules nothing")


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (
            "broken_hooks",
            "importing it raised ZeroDivisionError: division by zero (broken_hooks.py line 4)",
        ),
        (
            "needy_hooks",
            (
                "importing it raised ModuleNotFoundError: No module named 'no_such_room' "
                "(needy_hooks.py line 1)"
            ),
        ),
        (
            "unread_hooks",
            ("importing it raised SyntaxError: '{' was never closed (unread_hooks.py line 1)"),
        ),
    ],
)
def test_a_module_that_raises_is_a_problem_with_its_line(module, said):
    [problem] = loaded(module, imports=True).problems

    assert str(problem) == f"{module}.py: {said}"


def test_a_file_that_is_no_python_is_told_with_its_line():
    [problem] = loaded("unread_hooks", imports=False).problems

    assert str(problem) == "unread_hooks.py: line 1 is no Python: '{' was never closed"


def test_a_package_above_the_hooks_is_not_executed_without_imports(project):
    (project / "guest" / "hooks.py").write_text('scheduler_events = {"daily": ["time.time"]}')

    [entry] = loaded("guest.hooks", imports=False).entries
    [problem] = loaded("guest.hooks", imports=True).problems

    assert entry.place == "guest/hooks.py: scheduler_events['daily'][0]"
    assert "RuntimeError: imported (guest/__init__.py line 1)" in str(problem)


def test_a_key_written_twice_is_a_problem_with_both_lines_and_the_rest_still_loads():
    translation = loaded("doubled_hooks", imports=True)

    cure = "put the handlers of both into one list"
    said = "is written twice, in lines {} and {}: Python keeps the second alone"
    place = "doubled_hooks.py: scheduler_events"
    assert translation.problems == (
        Problem(f"{place}['cron']['0 6 * * *']", said.format(4, 4), cure),
        Problem(f"{place}['daily']", said.format(3, 5), cure),
    )
    assert len(translation.entries) == 2
