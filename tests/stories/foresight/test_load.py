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


@pytest.mark.parametrize(("begins", "ends"), [("\ufeff", " "), ("", "\r\n"), ("\ufeff", "\r\n")])
def test_a_file_of_windows_takes_its_patch_and_stays_one(project, begins, ends):
    hooks = project.folder / "hooks.py"
    jobs = "".join(f'    "{path}",{ends}' for path in CROWD)
    text = f'{begins}scheduler_events = {{"daily": [{ends}{jobs}]}}{ends}'.encode()
    hooks.write_bytes(text)
    patch = project.hookbeat("load", "--from", FROM, "--patch").stdout_bytes

    subprocess.run(["git", "apply", "-"], cwd=project.folder, input=patch, check=True)

    changed = hooks.read_bytes()
    assert changed.startswith(begins.encode())
    assert changed.count(b"\r") == text.count(b"\r")
    assert b"spread" in changed
    assert project.hookbeat("check").exit_code == 0


def test_a_file_that_is_not_in_utf_8_is_named_and_left_out(project):
    text = f'# -*- coding: latin-1 -*-\n# \xe9\nscheduler_events = {{"daily": {CROWD!r}}}\n'
    (project.folder / "hooks.py").write_bytes(text.encode("latin-1"))

    done = project.hookbeat("load", "--from", FROM, "--patch")

    assert (done.exit_code, done.stdout) == (1, "")
    assert "not in the patch: hooks.py: scheduler_events['daily'][" in done.stderr


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
