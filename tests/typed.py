"""The command line as a tree, and what the help of each command gives to be typed."""

import re
import shlex
from collections.abc import Iterator

import click
from click.testing import CliRunner

from beat_schedule.cli import main


def commands(group: click.Group, called: str) -> Iterator[tuple[str, click.Command]]:
    """Every command under `group`, by all the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{called} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{called} {name}")


#: Of this house, with those that it adds itself.
COMMANDS = dict(commands(main, "hookbeat"))


def shown_examples(called: str) -> list[str]:
    """The examples in the help of a command, as people see them: whole lines at its end."""
    _, *words = shlex.split(called)
    done = CliRunner().invoke(main, [*words, "--help"])
    assert done.exit_code == 0, done.output
    return examples_in(done.stdout)


def examples_in(help_text: str) -> list[str]:
    _, _, listed = help_text.rpartition("\n  Examples:\n")
    return re.findall(r"^    (hookbeat .+)$", listed, re.MULTILINE)
