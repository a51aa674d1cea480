"""Hooks that cannot be read for a while: nobody knows what they declare, and nothing of it is lost.

Another module's entries go on.
"""

import sys

import pytest

OTHERS = 'scheduler_events = {"hourly": [{"task": "NAME_tasks.nightly", "name": "other"}]}\n'


@pytest.fixture
def environment(environment, name, tmp_path, monkeypatch):  # noqa: ARG001 -- it comes first
    (tmp_path / f"{name}_others.py").write_text(OTHERS.replace("NAME", name))
    monkeypatch.setenv("HOOKBEAT_HOOKS", f"{name}_hooks,{name}_others")


@pytest.fixture
def hooks_file(project, tmp_path):
    return tmp_path / f"{project.name}_hooks.py"


@pytest.fixture
def broken(project, hooks_file):
    """A deploy whose hooks cannot be imported; how they were."""
    text = hooks_file.read_text()
    hooks_file.write_text("scheduler_events = {\n")
    project.forget()
    return text


@pytest.fixture
def mend(project, hooks_file, broken):
    def mend(text=broken):
        hooks_file.write_text(text)
        project.forget_app()
        sys.modules.pop(f"{project.name}_hooks", None)

    return mend


@pytest.mark.usefixtures("broken")
def test_the_others_run_and_what_cannot_be_read_is_owed_with_that_reason(project):
    project.let_pass()

    done = project.told("run-due", "--inline")

    assert done.code == 1
    assert {run["entry"] for run in done.runs} == {"other"}
    assert set(done.owing) == {
        project.key("count"),
        project.key("fail"),
        project.key("nightly", "daily"),
    }
    assert f"{project.name}_hooks.py: importing it" in done.owing[project.key("count")]["why"]
    assert "SyntaxError" in project("cursor").output


@pytest.mark.usefixtures("broken")
def test_what_has_another_key_since_owes_nothing_under_the_one_before(project, tmp_path):
    others = tmp_path / f"{project.name}_others.py"
    others.write_text(others.read_text().replace('"other"', '"renamed", "formerly": "other"'))
    sys.modules.pop(others.stem, None)
    project.let_pass()

    done = project.told("run-due", "--inline")

    assert {run["entry"] for run in done.runs} == {"renamed"}
    assert project.key("count") in done.owing
    assert "other" not in done.owing


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("force", [(), ("--force",)], ids=["a pass", "by force"])
def test_whoever_names_what_they_may_declare_is_told_first(project, force):
    done = project("run-due", "--only", project.key("gone"), *force)

    assert done.exit_code == 1
    first, *others = done.stderr.splitlines()
    assert f"{project.name}_hooks.py: importing it" in first
    assert "no entry" in "".join(others)


def test_when_they_are_mended_what_was_due_meanwhile_runs(project, mend):
    project.let_pass()
    project("run-due", "--inline")

    mend()
    done = project.told("run-due", "--inline")

    ran = [run["entry"] for run in done.runs]
    assert sorted(ran) == [project.key("count"), project.key("fail")]
    assert done.owing == {}


def test_what_is_gone_by_then_is_missed(project, mend):
    project.let_pass()
    project("run-due", "--inline")

    mend(f'scheduler_events = {{"hourly": ["{project.name}_tasks.count"]}}\n')
    done = project.told("run-due", "--inline")

    assert {run["entry"] for run in done.runs} == {project.key("count")}
    assert "no longer declared" in project("decisions", project.key("fail")).output
