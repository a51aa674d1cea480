"""A project that `hookbeat init` has made works as it stands, from the first check to a worker."""

import json
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.system.installation import Installation

#: Where the package was installed with its entry points, pytest loads it by itself.
PLUGIN = (
    () if entry_points(group="pytest11", name="hookbeat") else ("-p", "beat_schedule.pytest_plugin")
)

HELLO = "tasks.hello.hello"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Installation]:
    folder = tmp_path / "shop"
    folder.mkdir()
    installation = Installation(folder, is_furnished=False)
    del installation.environ["HOOKBEAT_DATABASE_URL"]
    yield installation
    installation.close()


def test_a_new_project_checks_lists_and_runs(empty: Installation, wait_until):
    done = empty.run("hookbeat", "init")
    assert "made: hooks.py\n" in done.stdout
    assert "made: the record" in done.stdout

    assert empty.run("hookbeat", "check").stdout == "2 entries, no problems\n"
    assert f"{HELLO}@every:5m" in empty.run("hookbeat", "list").stdout
    here = empty.run("hookbeat", "run", HELLO, "--inline", "--kwargs", "name=Ada")
    assert "Hello, Ada!" in here.stdout
    assert "succeeded" in here.stdout
    tried = empty.run(sys.executable, "-m", "pytest", "-q", *PLUGIN)
    assert "3 passed" in tried.stdout

    empty.redis.start()
    empty.start_worker()
    empty.start_beat()
    sent = json.loads(empty.run("hookbeat", "run", HELLO, "--json").stdout)
    wait_until(
        lambda: any(
            run["id"] == sent["id"] and run["outcome"] == "succeeded" for run in empty.runs()
        ),
        within=60,
    )


def test_nothing_of_a_project_that_is_there_is_written_over(empty: Installation):
    empty.write("hooks.py", "scheduler_events = {}")

    done = empty.run("hookbeat", "init", check=False)

    assert done.returncode == 1
    assert "hooks.py: there already, so nothing was written" in done.stderr
    assert [each.name for each in empty.folder.glob("*.*")] == ["hooks.py"]


def test_what_other_tools_have_made_stays_and_the_project_works_all_the_same(empty: Installation):
    empty.write("pyproject.toml", '[project]\nname = "shop"\n')

    done = empty.run("hookbeat", "init")

    assert "kept: pyproject.toml; add to it:\n" in done.stdout
    assert "  [tool.hookbeat]\n" in done.stdout
    assert empty.run("hookbeat", "check").stdout == "2 entries, no problems\n"
    assert "succeeded" in empty.run("hookbeat", "run", HELLO, "--inline").stdout


def test_a_database_that_is_not_the_projects_own_is_left_alone(empty: Installation):
    empty.environ["HOOKBEAT_DATABASE_URL"] = f"sqlite:///{empty.folder}/other.db"

    told = json.loads(empty.run("hookbeat", "init", "--json").stdout)

    assert told["migrated"] is False
    assert "hooks.py" in told["made"]
    assert not (empty.folder / "other.db").exists()
