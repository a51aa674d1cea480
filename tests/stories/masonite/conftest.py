"""A project as the document describes it: tasks in `app/tasks`, and a container of one's own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project import Project, a_project

#: What a task may ask the container for; and a library that posts nowhere.
REQUEST = """
class Request:
    path = "/greetings"
"""
CONTAINER = """
from beat_schedule.runs.providers import Providers
from masonite.request import Request

providers = Providers()
providers.provide(for_=Request, build=lambda context: Request())
providers.provide(for_="Request", build=lambda context: context.ask_for(Request))
"""
REQUESTS = """
def post(url):
    print("POST", url)
"""


@pytest.fixture
def project(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sqlite_url: str,
    redis_url: str,
    redis_client: object,  # noqa: ARG001 -- empties it
) -> Iterator[Project]:
    for name in [name for name in sys.modules if name.partition(".")[0] == "requests"]:
        # Another test's, from where it is installed.
        monkeypatch.delitem(sys.modules, name)
    folder = tmp_path / "project_name"
    folder.mkdir()
    where = {"hooks": "", "database_url": sqlite_url, "redis_url": redis_url}
    with a_project(folder, monkeypatch, **where) as project:
        # As the document has it in config/application.py.
        project.set(autoload="app, app/tasks", providers="container:providers")
        project.write("app/tasks/__init__.py", "")
        project.write("masonite/request.py", REQUEST)
        project.write("container.py", CONTAINER)
        project.write("requests.py", REQUESTS)
        yield project
