"""Entries that operators made of a task that is no more: left out, and told wherever one looks."""

import sys

import pytest

KEY = "dyn"
REASON = "is no task that the app registers any more"


@pytest.fixture
def made(project):
    """An entry made at run time, due since an hour."""
    task = f"{project.name}_tasks.count"
    done = project("entry", "add", KEY, "--task", task, "--cron", "* * * * *", "--why", "t")
    assert done.exit_code == 0, done.output
    project.told("run-due")
    return task


def write_hooks(project, tmp_path, text):
    (tmp_path / f"{project.name}_hooks.py").write_text(text)
    project.forget_app()
    sys.modules.pop(f"{project.name}_hooks", None)


@pytest.mark.usefixtures("made")
def test_it_is_left_out_with_its_reason(project, tmp_path):
    write_hooks(project, tmp_path, "scheduler_events = {}\n")
    project.let_pass()

    done = project("run-due", "--inline")

    assert "nothing was due" in done.stdout
    assert "entry.left_out" in done.stderr
    assert REASON in done.stderr
    looks = [("check",), ("list",), ("entry", "list"), ("entry", "show", KEY)]
    for words in (*looks, ("incidents",), ("status",), ("doctor",)):
        assert REASON in project(*words).output, words


@pytest.mark.usefixtures("made")
def test_it_is_not_told_as_due_either(project, tmp_path):
    write_hooks(project, tmp_path, "scheduler_events = {}\n")

    found = project.told("next")

    assert found.due == []
    assert [problem["place"] for problem in found.problems] == [KEY]
    for words in (("next",), ("next", "--entry", KEY)):
        assert REASON in project(*words).output, words


def test_it_goes_on_when_the_task_is_there_again(project, tmp_path, made):
    write_hooks(project, tmp_path, "scheduler_events = {}\n")
    project.told("run-due")
    write_hooks(project, tmp_path, f'scheduler_events = {{"hourly": ["{made}"]}}\n')
    project.told("run-due")
    project.let_pass()

    done = project.told("run-due", "--inline")

    assert KEY in {run["entry"] for run in done.runs}
    assert REASON not in project("check").output


@pytest.mark.usefixtures("made")
def test_while_hooks_cannot_be_read_nobody_says_that_it_is_gone(project, tmp_path):
    write_hooks(project, tmp_path, "scheduler_events = {\n")

    passed, checked = project("run-due"), project("check")

    assert "SyntaxError" in checked.output
    assert REASON not in checked.output + passed.output
