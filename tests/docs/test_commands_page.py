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


@pytest.mark.parametrize("called", COMMANDS)
def test_every_command_says_what_it_does(called: str):
    assert COMMANDS[called].help


def test_the_options_of_all_commands_stand_at_the_top():
    top, _, _ = PAGE.partition("\n## ")

    assert [name for name in options(main) if f"`{name}" not in top] == []
