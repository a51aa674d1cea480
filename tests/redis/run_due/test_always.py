"""The event `always`: due at each pass."""

import pytest

HOOKS = """
scheduler_events = {
    "always": ["NAME_tasks.count", {"task": "NAME_tasks.nightly", "not_before": "2999-01-01"}],
}
"""


@pytest.fixture
def hooks():
    return HOOKS


def test_each_pass_runs_it_however_soon_it_comes(project):
    project.redis.delete(project.operator.keys.active)

    passes = [project.told("run-due", "--inline") for _ in range(3)]

    runs = [run for each in passes for run in each.runs]
    assert [run["outcome"] for run in runs] == ["succeeded"] * 3
    assert len({run["due_at"] for run in runs}) == 3
    assert {run["entry"] for run in runs} == {project.key("count", "always")}


def test_the_first_pass_runs_it_too(project):
    assert project.queued() == [project.key("count", "always")]


def test_every_pass_carries_the_same_entries(project):
    before = project.operator.look().generation

    project("run-due")

    assert project.operator.look().generation == before


def test_a_run_that_goes_on_is_not_doubled_by_the_next_pass(project):
    done = project.told("run-due")

    assert [each["decision"] for each in done.decided] == ["skipped"]
    assert done.decided[0]["reason"].startswith("overlap with ")


def test_time_without_passes_is_no_due_time(project):
    project.redis.delete(project.operator.keys.active)
    project.let_pass(hours=5)

    done = project.told("run-due")

    assert [(each["decision"], each["count"]) for each in done.decided] == [("sent", 1)]
