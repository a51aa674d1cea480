"""Installations that end with their test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.system.loaded")

from tests.system.installation import Installation  # noqa: E402 -- after what must come before


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A migrated project whose Redis runs; `every` second a trace."""
    installation = Installation(tmp_path)
    installation.write(
        "hooks.py",
        'trace = {"task": "jobs.trace", "overlap": "allow", "catch_up": "all"}\n'
        'scheduler_events = {"every": {"1s": [trace]}}\n',
    )
    installation.run("hookbeat", "migrate")
    installation.redis.start()
    yield installation
    installation.close()
