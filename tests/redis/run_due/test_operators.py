"""What operators say of entries counts for a pass as for a beat."""

import pytest

HOOKS = """
scheduler_events = {
    "hourly": [{"task": "NAME_tasks.lend", "kwargs": {"book": "Momo"}}],
    "always": ["NAME_tasks.look"],
}
"""

TASKS = """
def lend(context, book):
    context.report(book=book)

def look(context):
    context.report(looked=1)
"""


@pytest.fixture
def hooks():
    return HOOKS


@pytest.fixture
def tasks():
    return TASKS


def said(project, *words):
    done = project("entry", *words, "--why", "tried")
    assert done.exit_code == 0, done.output


def test_an_entry_made_at_run_time_is_carried_out_too(project):
    task = f"{project.name}_tasks.lend"
    said(project, "add", "extra", "--task", task, "--every", "1h", "--kwargs", "book=Krabat")
    project("run-due")
    project.let_pass()

    done = project.told("run-due", "--inline", "--only", "extra")

    assert [(run["entry"], run["counts"]) for run in done.runs] == [("extra", {"book": "Krabat"})]


def test_what_is_said_over_an_entry_is_what_it_runs_with(project):
    said(project, "set", project.key("lend"), "--kwargs", "book=Krabat")
    project.let_pass()

    done = project.told("run-due", "--inline", "--only", project.key("lend"))

    assert [run["counts"] for run in done.runs] == [{"book": "Krabat"}]


def test_what_is_due_at_each_pass_stays_so_unless_it_is_said_when(project):
    key = project.key("look", "always")
    project.redis.delete(project.operator.keys.active)

    said(project, "set", key, "--timeout", "1m")
    assert [run["entry"] for run in project.told("run-due", "--inline").runs] == [key]

    said(project, "set", key, "--every", "1d")
    assert project.told("run-due", "--inline").runs == []


def test_a_disabled_entry_does_not_run(project):
    key = project.key("look", "always")
    project.redis.delete(project.operator.keys.active)
    said(project, "set", key, "--disable")

    done = project.told("run-due", "--inline")

    assert [each["decision"] for each in done.decided] == ["skipped"]
    assert "disabled by " in done.decided[0]["reason"]


@pytest.mark.parametrize("words", [["--all"], ["--only", "ENTRY", "--force"]])
def test_by_hand_too_it_runs_with_what_is_said_over_it(project, words):
    key = project.key("lend")
    said(project, "set", key, "--kwargs", "book=Krabat", "--queue", "long")
    words = [key if word == "ENTRY" else word for word in words]

    here = project.told("run-due", *words, "--inline")
    project("run-due", *words)

    [run] = [run for run in here.runs if run["entry"] == key]
    assert (run["counts"], run["queue"]) == ({"book": "Krabat"}, "long")
    assert project.queued("long") == [key]


def test_by_hand_an_entry_made_at_run_time_runs_where_it_is_named(project):
    task = f"{project.name}_tasks.lend"
    said(project, "add", "extra", "--task", task, "--every", "1h", "--kwargs", "book=Krabat")

    here = project.told("run-due", "--only", "extra", "--force", "--inline")
    sent = project.told("run-due", "--only", "extra", "--force")

    assert [run["counts"] for run in here.runs] == [{"book": "Krabat"}]
    assert sent.asked["extra"]["run"]


class TestTakenOverByTheCode:
    """An entry that was made at run time, and then declared under another key."""

    @pytest.fixture
    def project(self, project, tmp_path):
        task = f"{project.name}_tasks.lend"
        said(project, "add", "extra", "--task", task, "--every", "1h", "--kwargs", "book=Krabat")
        project("run-due")
        handler = {"task": task, "name": "lending", "formerly": "extra", "kwargs": {"book": "Momo"}}
        hooks = f"scheduler_events = {{'every': {{'1h': [{handler!r}]}}}}"
        (tmp_path / f"{project.name}_hooks.py").write_text(hooks)
        project.forget()
        return project

    def test_it_runs_once_as_the_code_says_and_misses_nothing_between(self, project):
        project.let_pass()

        done = project.told("run-due", "--inline")

        assert [(run["entry"], run["counts"]) for run in done.runs] == [
            ("lending", {"book": "Momo"})
        ]

    def test_people_find_it_under_its_new_key_alone(self, project):
        listed = project("entry", "list")
        assert (listed.exit_code, "goes with the entry to lending" in listed.output) == (0, True)
        assert "extra" not in project("list").output

        named = project("run", "extra")
        assert (named.exit_code, "it is 'lending' now" in named.output) == (1, True)

    def test_its_old_key_is_not_given_again_and_what_was_said_of_it_may_go(self, project):
        task = f"{project.name}_tasks.lend"
        add = ("add", "extra", "--task", task, "--every", "1h", "--why", "tried")
        for words in (add, ("set", "extra", "--every", "2h", "--why", "tried")):
            done = project("entry", *words)
            assert done.exit_code == 1
            assert "is the entry 'lending' now" in done.output

        said(project, "remove", "extra")
        assert project("entry", "list").output.startswith("nobody said anything")
