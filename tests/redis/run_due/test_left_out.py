"""What is declared and cannot be used: where no beat is, each pass tells of it."""

import pytest

from tests.desk import Leader

HOOKS = """
scheduler_events = {
    "hourly": ["NAME_tasks.count"],
    "cron": {"60 * * * *": ["NAME_tasks.fail"]},
}
"""

TOLD = "left out: {name}_hooks.py: scheduler_events['cron']['60 * * * *']: "


@pytest.fixture
def hooks():
    return HOOKS


@pytest.fixture
def project(unpassed):
    unpassed("run-due")
    return unpassed


def test_it_is_told_and_the_others_run(project):
    project.let_pass()

    done = project("run-due", "--inline")

    assert done.exit_code == 1
    assert TOLD.format(name=project.name) in done.stderr
    assert "counting for" in done.stdout


def test_cron_mails_it(project):
    done = project("run-due", "--inline", "--quiet")

    assert done.exit_code == 1
    assert done.stdout == ""
    assert TOLD.format(name=project.name) in done.stderr


def test_machines_are_told(project):
    told = project.told("run-due")

    assert told.code == 1
    (problem,) = told.problems
    assert problem.startswith(TOLD.format(name=project.name))


def test_hooks_that_cannot_be_imported_are_no_silence(project, tmp_path):
    (tmp_path / f"{project.name}_hooks.py").write_text("scheduler_events = {\n")
    project.forget()

    done = project("run-due", "--quiet")

    assert done.exit_code == 1
    assert "'{' was never closed" in done.stderr


def test_of_one_entry_only_that_is_told_which_is_asked_for(project):
    done = project("run-due", "--only", project.key("count"))

    assert done.exit_code == 0
    assert done.stderr == ""


def test_beside_a_beat_it_is_the_beats_to_tell(project, redis_url):
    Leader(redis_url).lead("web1-7-ab", generation="of other code")

    assert project("run-due").exit_code == 0
