"""Somebody's project in a folder of its own, and `hookbeat` in it."""

import importlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from click.testing import CliRunner, Result

from beat_schedule.cli import main
from beat_schedule.settings import PREFIX

APP = '''
"""The app, as docs/adopting.md has it."""

from celery import Celery

from beat_schedule import Settings
from beat_schedule.runs.install import install
from beat_schedule.translate import load

settings = Settings.read()
app = Celery("proj", set_as_current=False)
install(app, settings, load(settings))
'''


class Project:
    """Modules may have any name: each command finds those of this folder anew."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch

    def set(self, **settings: str) -> None:
        """Settings by their names, for all that follows."""
        for name, value in settings.items():
            self._monkeypatch.setenv(PREFIX + name.upper(), value)

    def write(self, name: str, text: str) -> None:
        """A file; the folders above it become packages."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for package in path.relative_to(self.folder).parents[:-1]:
            (self.folder / package / "__init__.py").touch()
        path.write_text(dedent(text))

    def run(self, *words: str) -> Result:
        self.forget()
        return CliRunner().invoke(main, ["-C", str(self.folder), *words])

    def done(self, *words: str) -> str:
        """What a command says that has to succeed."""
        done = self.run(*words)
        assert done.exit_code == 0, done.output
        return done.stdout

    def told(self, *words: str) -> Any:
        """What it says to a machine, whether it succeeds or not."""
        done = self.run(*words, "--json")
        assert done.exit_code in {0, 1}, done.output
        return json.loads(done.stdout)

    def forget(self) -> None:
        """As a new process would: nothing of this folder is imported."""
        for name, module in [*sys.modules.items()]:
            file = getattr(module, "__file__", None)
            if file and Path(file).is_relative_to(self.folder):
                del sys.modules[name]
        importlib.invalidate_caches()


def settle(folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    """Work in this folder, with these settings by their names and no others."""
    for variable in [variable for variable in os.environ if variable.startswith(PREFIX)]:
        monkeypatch.delenv(variable)
    for name, value in settings.items():
        monkeypatch.setenv(PREFIX + name.upper(), value)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    monkeypatch.chdir(folder)


@contextmanager
def a_project(folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: str) -> Iterator[Project]:
    """An app named `proj` in an empty folder, and nothing else; settings by their names."""
    settle(folder, monkeypatch, app="proj", **settings)
    # What is written twice within a second would else be read from what was compiled first.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    project = Project(folder, monkeypatch)
    project.write("proj.py", APP)
    yield project
    project.forget()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
