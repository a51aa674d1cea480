"""What a leader does for people: it watches entries, tells of them, shows that it lives."""

import pytest

from tests.desk import told

HOOKS = """
scheduler_events = {"hourly": [{"task": "NAME_tasks.fail", "alert_after": 1}]}
"""


@pytest.fixture
def hooks():
    return HOOKS


def test_an_entry_that_fails_is_found_by_the_next_pass(project):
    project.let_pass()
    project("run-due", "--inline")
    assert project("incidents").exit_code == 0

    project("run-due", "--inline")

    [incident] = told(project("incidents", "--json"))
    assert (incident["entry"], incident["kind"]) == (project.key("fail"), "failing")


def test_each_pass_shows_that_somebody_passes(project, http_sink, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_BEAT_PING", http_sink.url)
    project.forget_app()

    project("run-due")

    assert len(http_sink.requests) == 1
