"""`--help` of each command, as people read it."""

import subprocess
import sys
from inspect import cleandoc

import click
import pytest
from click.testing import CliRunner

from beat_schedule.cli import COMMANDS, main


def command_of(name):
    command = main.get_command(click.Context(main), name)
    assert command is not None
    return command


WITH_EXAMPLES = [name for name in COMMANDS if "Example" in (command_of(name).help or "")]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_stand_on_lines_of_their_own(name):
    def examples(command):
        if isinstance(command, click.Group):
            return [line for each in command.commands.values() for line in examples(each)]
        lines = cleandoc(command.help or "").splitlines()
        return [line for line in lines if line.startswith("  hookbeat")]

    shown = CliRunner().invoke(main, [name, "--help"]).output

    listed = examples(command_of(name))
    assert listed
    assert [line for line in listed if f"  {line}\n" not in shown] == []
    assert "\\b" not in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_found_by_its_own_name(name):
    assert command_of(name).name == name


def test_calling_one_command_imports_no_other():
    script = (
        "import sys; from beat_schedule.cli import main; "
        "main(['check', '--help'], standalone_mode=False); "
        "print([name for name in sys.modules if name.startswith('beat_schedule.cli.')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "beat_schedule.cli.check" in done.stdout
    assert "beat_schedule.cli.status" not in done.stdout
    assert "beat_schedule.cli.run" not in done.stdout
