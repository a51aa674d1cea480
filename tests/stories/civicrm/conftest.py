"""A site with the scheduled jobs of the document, one Redis, one record."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project import Project, a_project

#: `choisir les taches à faire tourner automatiquement, par exemple`.
HOOKS = """
scheduler_events = {
    "daily": [{"task": "civicrm.jobs.version_check", "name": "CiviCRM update check"}],
    "hourly": [{"task": "civicrm.jobs.cleanup", "name": "Clean-up temporary Data and files"}],
    "always": [{"task": "civicrm.jobs.process_mailing", "name": "Send Scheduled Mailings"}],
}
"""

JOBS = """
def version_check(context):
    context.report(checked=1)


def cleanup(context, days: int = 7, kinds: list[str] = ()):
    print("files older than", days, "days of", *kinds)
    context.report(removed=3)


def process_mailing(context):
    context.report(sent=12)
"""


@pytest.fixture
def site(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sqlite_url: str,
    redis_url: str,
    redis_client: object,  # noqa: ARG001 -- empties it
) -> Iterator[Project]:
    folder = tmp_path / "site"
    folder.mkdir()
    where = {"hooks": "civicrm.hooks", "database_url": sqlite_url, "redis_url": redis_url}
    with a_project(folder, monkeypatch, **where) as site:
        site.write("civicrm/hooks.py", HOOKS)
        site.write("civicrm/jobs.py", JOBS)
        yield site
