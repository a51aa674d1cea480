"""A project asks pytest to check its hooks among its tests, or does not."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

WRONG = """
scheduler_events = {
    "dialy": ["shop_tasks.count"],
    "cron": {"0 25 * * *": ["shop_tasks.count"]},
    "hourly": ["shop_tasks.count"],
}
"""

INI = "[tool.pytest.ini_options]\nhookbeat_check = true\n"

#: As pytest does by itself where the package was installed with this entry point.
LOADED = (
    [] if entry_points(group="pytest11", name="hookbeat") else ["-p", "beat_schedule.pytest_plugin"]
)


@pytest.fixture
def pytest_says(project):
    def pytest_says(*words, status=0):
        project.write("tests/test_sums.py", "def test_one_and_one():\n    assert 1 + 1 == 2\n")
        command = [sys.executable, "-m", "pytest", *LOADED, "-p", "no:cacheprovider", *words]
        done = subprocess.run(
            command, cwd=project.folder, check=False, capture_output=True, text=True
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return pytest_says


def test_nothing_is_checked_unless_somebody_asks(pytest_says, project):
    project.write("shop_hooks.py", WRONG)

    assert "1 passed" in pytest_says("tests")


def test_hooks_without_a_problem_are_one_more_test_that_passes(pytest_says):
    assert "hooks::no problems PASSED" in pytest_says("-v", "--hookbeat-check", "tests")


def test_each_problem_is_a_test_that_fails_with_its_place_reason_and_cure(pytest_says, project):
    project.write("pyproject.toml", INI)
    project.write("shop_hooks.py", WRONG)

    said = pytest_says("tests", status=1)

    assert "2 failed, 1 passed" in said
    assert "shop_hooks.py: scheduler_events['dialy']" in said
    assert "  → did you mean 'daily'?" in said
    assert "scheduler_events['cron']['0 25 * * *']" in said
    assert "Traceback" not in said


def test_settings_that_cannot_be_used_fail_alike(pytest_says, project):
    project.write("pyproject.toml", INI + '\n[tool.hookbeat]\ntimezoen = "UTC"\n')

    assert "tool.hookbeat.timezoen: no such setting" in pytest_says("tests", status=1)


def test_whoever_names_a_single_test_gets_that_alone(pytest_says, project):
    project.write("pyproject.toml", INI)
    project.write("shop_hooks.py", WRONG)

    assert "1 passed" in pytest_says("tests/test_sums.py::test_one_and_one")


def test_they_are_chosen_by_words_as_others_are(pytest_says, project):
    project.write("pyproject.toml", INI)

    assert "1 passed, 1 deselected" in pytest_says("-k", "problems", "tests")
