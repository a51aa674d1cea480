"""Task classes without a time: nothing makes them due, and a person may still want them now."""

import pytest

SLEEPER = """
from beat_schedule import Task

class Sleeper(Task):
    def handle(self):
        print("awake")
"""

HOOKS = """
scheduler_events = {"hourly": ["NAME_tasks.count"], "daily": ["NAME_tasks.count"]}
"""


@pytest.fixture
def hooks():
    return HOOKS


@pytest.fixture
def environment(environment, name, tmp_path, monkeypatch):  # noqa: ARG001 -- it comes first
    folder = tmp_path / f"{name}_classes"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "sleeper.py").write_text(SLEEPER)
    monkeypatch.setenv("HOOKBEAT_AUTOLOAD", folder.name)


@pytest.fixture
def sleeper(name):
    return f"{name}_classes.sleeper.Sleeper"


def test_by_force_it_runs_here(project, sleeper):
    done = project.told("run-due", "--only", sleeper, "--force", "--inline")

    [run] = done.runs
    assert (run["entry"], run["outcome"], run["trigger"]) == (sleeper, "succeeded", "manual")


def test_by_force_it_is_sent(project, sleeper):
    done = project.told("run-due", "--only", sleeper, "--force")

    assert project.queued() == [sleeper]
    assert done.asked[sleeper]["run"]


def test_a_pass_says_that_it_is_never_due(project, sleeper):
    done = project("run-due", "--only", sleeper)

    assert done.exit_code == 1
    assert "says no time" in done.output
    assert "--force" in done.output


def test_what_nobody_knows_is_not_run_by_force(project):
    done = project("run-due", "--only", "dayly", "--force", "--inline")

    assert done.exit_code == 1
    assert "no entry 'dayly'" in done.output


def test_a_task_with_several_times_is_to_be_named_by_one(project):
    for words in ([], ["--force"]):
        done = project("run-due", "--only", f"{project.name}_tasks.count", *words)

        assert done.exit_code == 1
        assert "has several entries" in done.output
