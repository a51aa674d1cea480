import re

import click
import pytest

from beat_schedule.cli import main
from tests.docs.pages import page, section
from tests.typed import COMMANDS

PAGE = page("docs/commands.md")


def options(command: click.Command) -> list[str]:
    return [
        name
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in (*parameter.opts, *parameter.secondary_opts)
        if name.startswith("--")
    ]


def test_every_command_has_its_part_of_the_page_and_no_other_has():
    parts = re.findall(r"^## (hookbeat [a-z -]+)$", PAGE, re.MULTILINE)

    assert sorted(parts) == sorted(COMMANDS)


@pytest.mark.parametrize("called", COMMANDS)
def test_every_option_of_a_command_stands_in_its_part(called: str):
    part = section(PAGE, f"## {called}")

    assert [name for name in options(COMMANDS[called]) if f"`{name}" not in part] == []


def test_every_command_has_an_answer_for_machines():
    ours = {
        called: command
        for called, command in COMMANDS.items()
        if command.callback.__module__.startswith("beat_schedule.")
    }
    without = [
        called
        for called, command in ours.items()
        if not isinstance(command, click.Group) and "--json" not in options(command)
    ]

    assert without == []


@pytest.mark.parametrize("called", COMMANDS)
def test_every_command_says_what_it_does(called: str):
    assert COMMANDS[called].help


def test_the_options_of_all_commands_stand_at_the_top():
    top, _, _ = PAGE.partition("\n## ")

    assert [name for name in options(main) if f"`{name}" not in top] == []
