"""A bench: apps with hooks of their own, one Redis, one record."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project import Project, a_project

#: The hooks of the document, as they are printed.
HOOKS = """
# Scheduled Tasks
# ---------------

scheduler_events = {
    "daily": [
        "library_management.tasks.daily"
    ],
}
"""

TASKS = """
def daily():
    print("Following Items are Overdue")
"""


@pytest.fixture
def bench(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sqlite_url: str,
    redis_url: str,
    redis_client: object,  # noqa: ARG001 -- empties it
) -> Iterator[Project]:
    """With the app of the document, `library_management`."""
    folder = tmp_path / "bench"
    folder.mkdir()
    where = {"hooks": "library_management.hooks"}
    stores = {"database_url": sqlite_url, "redis_url": redis_url}
    with a_project(folder, monkeypatch, **where, **stores) as bench:
        bench.write("library_management/hooks.py", HOOKS)
        bench.write("library_management/tasks.py", TASKS)
        yield bench
