"""`hookbeat make task`: files that work as they are written."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _forgets():
    """Python keeps what it once imported, a folder by its first path too."""
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
        del sys.modules[name]


def test_it_writes_a_task_and_its_test(hookbeat, tmp_path):
    made = hookbeat("make", "task", "SayHi")

    assert (made.exit_code, made.output) == (
        0,
        (
            "made: tasks/say_hi.py\n"
            "made: tests/test_say_hi.py\n"
            'then, that it is found: autoload = ["tasks"] in [tool.hookbeat]\n'
            "next: hookbeat run tasks.say_hi.SayHi --inline\n"
        ),
    )
    assert "class SayHi(Task):" in (tmp_path / "tasks/say_hi.py").read_text()


def test_its_test_passes_as_it_is_written(hookbeat, tmp_path):
    hookbeat("make", "task", "SayHi", "--folder", "app/tasks")

    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[3]}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "1 passed" in tested.stdout


def test_what_it_writes_passes_every_check_that_this_house_has(hookbeat, tmp_path):
    hookbeat("make", "task", "SayHi")
    (tmp_path / "tasks/__init__.py").write_text('"""Tasks."""\n')
    rules = ["--config", str(Path(__file__).parents[3] / "pyproject.toml")]
    ruff = [sys.executable, "-m", "ruff", "check", *rules, "tasks", "tests"]

    checked = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "All checks passed!" in checked.stdout


def test_it_is_found_where_the_folder_is_loaded(hookbeat, monkeypatch, tmp_path):
    (tmp_path / "app" / "jobs").mkdir(parents=True)
    monkeypatch.setenv("HOOKBEAT_AUTOLOAD", "no_such,app/jobs")

    made = hookbeat("make", "task", "HTTPCheck", "--json")
    monkeypatch.setenv("HOOKBEAT_AUTOLOAD", "app/jobs")
    listed = hookbeat("list", "--json", hooks="scheduler_events = {}")

    assert json.loads(made.output) == {
        "made": ["app/jobs/http_check.py", "tests/test_http_check.py"],
        "task": "app.jobs.http_check.HTTPCheck",
        "is_found": True,
    }
    assert json.loads(listed.output)["unscheduled"] == ["app.jobs.http_check.HTTPCheck"]


@pytest.mark.parametrize("taken", ["tasks/say_hi.py", "tests/test_say_hi.py"])
def test_nothing_is_written_over(hookbeat, tmp_path, taken):
    (tmp_path / taken).parent.mkdir()
    (tmp_path / taken).write_text("mine")

    made = hookbeat("make", "task", "SayHi")

    assert made.exit_code == 1
    assert f"{taken}: there already, so nothing was written" in made.output
    assert (tmp_path / taken).read_text() == "mine"
    assert len([*tmp_path.glob("t*/*.py")]) == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("say_hi", "did you mean 'SayHi'?"),
        ("say-hi", "did you mean 'SayHi'?"),
        ("3days", "write it as SayHi"),
        ("TestIt", "no Task would be found in test_it.py"),
        ("Import", "no Task would be found in import.py"),
    ],
)
def test_a_name_that_would_not_do_is_misuse(hookbeat, tmp_path, name, said):
    made = hookbeat("make", "task", name)

    assert made.exit_code == 2
    assert said in made.output
    assert not [*tmp_path.glob("t*/*.py")]


@pytest.mark.parametrize("folder", ["/srv/tasks", "../tasks"])
def test_a_folder_outside_of_the_project_is_misuse(hookbeat, folder):
    assert hookbeat("make", "task", "SayHi", "--folder", folder).exit_code == 2


def test_a_folder_that_cannot_be_written_is_told(hookbeat, tmp_path):
    (tmp_path / "tasks").write_text("a file")

    made = hookbeat("make", "task", "SayHi")

    assert made.exit_code == 1
    assert "tasks/say_hi.py cannot be written: " in made.output
