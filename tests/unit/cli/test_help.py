"""`--help` of each command, as people read it."""

from inspect import cleandoc

import click
import pytest
from click.testing import CliRunner

from beat_schedule.cli import main

WITH_EXAMPLES = [
    name for name, command in main.commands.items() if "Example" in (command.help or "")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_stand_on_lines_of_their_own(name):
    def examples(command):
        if isinstance(command, click.Group):
            return [line for each in command.commands.values() for line in examples(each)]
        lines = cleandoc(command.help or "").splitlines()
        return [line for line in lines if line.startswith("  hookbeat")]

    shown = CliRunner().invoke(main, [name, "--help"]).output

    listed = examples(main.commands[name])
    assert listed
    assert [line for line in listed if f"  {line}\n" not in shown] == []
    assert "\\b" not in shown
