"""Everything runs at midnight: somebody looks at it, and takes what is proposed."""

import json
import subprocess

import pytest

from tests.stories.foresight.conftest import FROM

CROWD = [f"chores.job{number}" for number in range(6)]


@pytest.fixture
def project(project):
    (project.folder / "chores.py").write_text(
        "".join(f"def {path.partition('.')[2]}(): ...\n" for path in CROWD)
    )
    project.commit({"daily": CROWD, "cron": {"0 6 * * mon": [CROWD[0]]}})
    return project


def test_the_week_is_shown_by_day_and_hour(project):
    shown = project.hookbeat("load", "--from", FROM)
    machine = json.loads(project.hookbeat("load", "--from", FROM, "--json").stdout)

    assert shown.exit_code == 0
    assert "runs an hour in the week, at most 6 (UTC)" in shown.output
    assert machine["hours"]["Mon"] == [6] + [0] * 5 + [1] + [0] * 17
    assert "Mon ██ " in shown.output


def test_the_busiest_minutes_name_who_meets_in_them(project):
    machine = json.loads(project.hookbeat("load", "--from", FROM, "--json").stdout)

    [midnight] = machine["busiest"]
    assert len(midnight["entries"]) == 6
    assert midnight["at"][0] == "2026-10-25T00:00:00+00:00"
    assert len(midnight["at"]) == 7


def test_the_patch_goes_in_and_does_what_was_said(project):
    before = json.loads(project.hookbeat("load", "--from", FROM, "--json").stdout)
    patch = project.hookbeat("load", "--from", FROM, "--patch")
    assert patch.exit_code == 0

    subprocess.run(
        ["git", "apply", "-"], cwd=project.folder, input=patch.stdout, text=True, check=True
    )

    after = json.loads(project.hookbeat("load", "--from", FROM, "--json").stdout)
    assert before["peak"] == {"before": 6, "after": 3}
    assert after["peak"]["before"] == 3
    assert project.hookbeat("check").exit_code == 0


def test_no_due_time_moves_with_it(project):
    def due():
        listed = json.loads(project.hookbeat("next", "--json").stdout)
        return sorted((each["key"], each["due_at"]) for each in listed["due"])

    before = due()
    patch = project.hookbeat("load", "--from", FROM, "--patch").stdout
    subprocess.run(["git", "apply", "-"], cwd=project.folder, input=patch, text=True, check=True)

    assert due() == before


def test_where_nothing_meets_there_is_nothing_to_flatten(project):
    project.write({"daily": CROWD[:1]})

    shown = project.hookbeat("load", "--from", FROM)

    assert "nothing to flatten: no two entries meet in a minute" in shown.output
    assert project.hookbeat("load", "--patch").output == ""


def test_without_entries_the_map_is_empty(project):
    project.write({})

    assert "at most 0 (UTC)" in project.hookbeat("load").output
