"""What is said of entries while their hooks cannot be read."""

import sys

import pytest

from tests.desk import told


@pytest.fixture
def unread(hookbeat, project, name):
    """Somebody saved half of a line."""
    (project / f"{name}_hooks.py").write_text("scheduler_events = {")
    sys.modules.pop(f"{name}_hooks", None)
    assert hookbeat("migrate").exit_code == 0
    return f"{name}_hooks"


def test_they_are_not_all_that_is_listed(hookbeat, unread):
    done = hookbeat("list")

    assert done.exit_code == 1
    assert unread in done.output
    assert told(hookbeat("list", "--json"))["entries"] == []


def test_a_bad_entry_beside_others_is_listed_as_broken(hookbeat, project, name):
    (project / f"{name}_hooks.py").write_text(
        f"scheduler_events = {{'daily': ['{name}_tasks.count', '{name}_tasks.gone']}}"
    )

    done = hookbeat("list")

    assert done.exit_code == 0, done.output
    assert "broken" in done.output


@pytest.mark.parametrize(
    "words",
    [
        ("run", "tasks.daily"),
        ("run", "tasks.daily", "--dry-run"),
        ("run", "--event", "hourly"),
        ("why", "tasks.daily"),
        ("next", "--entry", "tasks.daily"),
        ("backfill", "tasks.daily", "2026-03-10", "2026-03-11"),
        ("pause", "tasks.daily"),
        ("resume", "tasks.daily"),
        ("skip", "tasks.daily"),
    ],
)
def test_whoever_names_an_entry_is_told_first_that_they_cannot_be_read(hookbeat, unread, words):
    done = hookbeat(*words)

    assert done.exit_code == 1
    first, *others = done.stderr.splitlines()
    assert f"{unread}.py: " in first
    assert first.endswith("what it declares is not known (hookbeat check)")
    assert "no entry" in "".join(others)
    assert done.stderr.count("never closed") == 1
