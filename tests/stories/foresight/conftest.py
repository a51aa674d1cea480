"""A project of one's own, under git, whose hooks change."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from beat_schedule.cli import main

#: As of an autumn day: the clock of Paris goes back in the night.
FROM = "2026-10-24T12:00+00:00"


class Project:
    """A folder under git, and the command line in it."""

    def __init__(self, folder):
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        (folder / "chores.py").write_text("def close(): ...\ndef count(): ...\n")

    def write(self, hooks, name="hooks.py"):
        (self.folder / name).write_text(f"scheduler_events = {hooks!r}\n")

    def commit(self, hooks, message="Change the hooks"):
        self.write(hooks)
        self.git("add", ".")
        self.git(
            "-c", "user.name=ada", "-c", "user.email=ada@example.org", "commit", "-qm", message
        )

    def git(self, *words):
        subprocess.run(["git", *words], cwd=self.folder, check=True)

    def hookbeat(self, *words):
        sys.modules.pop("hooks", None)
        return CliRunner().invoke(main, words)


@pytest.fixture
def project(tmp_path, monkeypatch):
    for variable in [each for each in os.environ if each.startswith(("HOOKBEAT_", "GIT_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.chdir(tmp_path)
    yield Project(tmp_path)
    for module in ("hooks", "chores"):
        sys.modules.pop(module, None)
