"""The examples in the help of what looks back and ahead: each runs, in this house."""

import re
import shlex

import click
import pytest
from click.testing import CliRunner

from beat_schedule.cli import main
from tests.docs.pages import ROOT
from tests.project import settle

COMMANDS = ("backfill", "load", "plan", "simulate", "why")


def examples(name):
    command = main.get_command(click.Context(main), name)
    assert command is not None
    return re.findall(r"^ *hookbeat (.*)$", command.help or "", re.MULTILINE)


@pytest.fixture
def hookbeat(tmp_path, redis_url, redis_client, monkeypatch):  # noqa: ARG001 -- an empty Redis
    database_url = f"sqlite:///{tmp_path / 'hookbeat.db'}"
    settle(ROOT, monkeypatch, database_url=database_url, redis_url=redis_url)

    def hookbeat(*words):
        return CliRunner().invoke(main, words, catch_exceptions=False)

    assert hookbeat("migrate").exit_code == 0
    return hookbeat


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_of_its_help_runs(hookbeat, name):
    listed = examples(name)
    assert listed

    for example in listed:
        done = hookbeat(*shlex.split(example))

        assert done.exit_code in {0, 1}, f"{example}: {done.output}"
        assert done.stdout
