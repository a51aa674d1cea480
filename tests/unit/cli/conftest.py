import sys

import pytest
from click.testing import CliRunner

from beat_schedule.cli import main

GOOD = """
scheduler_events = {
    "daily": [{"task": "time.time", "at": "06:30", "timezone": "Europe/Paris"}],
    "daily_maintenance": [{"task": "time.time", "name": "cleaning"}],
}
"""


@pytest.fixture
def hookbeat(tmp_path, monkeypatch):
    """Runs the command in a project of its own; `hooks` is the text of its hooks.py."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def run(*args: str, hooks: str = GOOD):
        (tmp_path / "hooks.py").write_text(hooks)
        sys.modules.pop("hooks", None)
        return CliRunner().invoke(main, args)

    yield run
    sys.modules.pop("hooks", None)
