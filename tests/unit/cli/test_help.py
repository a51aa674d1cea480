"""`--help` of each command, as people read it."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from beat_schedule.cli import COMMANDS, main
from beat_schedule.cli.examples import examples_of


def command_of(name):
    command = main.get_command(click.Context(main), name)
    assert command is not None
    return command


def shown(*words):
    return CliRunner().invoke(main, [*words, "--help"]).output


def test_examples_stand_at_the_end_each_on_a_line_of_its_own():
    *_, before, title, first, second = shown("check").splitlines()

    assert before == ""
    assert title == "  Examples:"
    assert [first, second] == [f"    {each}" for each in examples_of(command_of("check"))]


def test_a_noun_shows_the_first_example_of_each_of_its_commands():
    _, _, listed = shown("health").partition("Examples:")

    assert [line.strip() for line in listed.splitlines() if line] == [
        "hookbeat health beat",
        "hookbeat health worker",
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_found_by_its_own_name(name):
    assert command_of(name).name == name


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_listed_with_what_its_own_help_begins_with(name):
    listed = click.Command(name, help=COMMANDS[name].what_for)

    assert listed.get_short_help_str(1000) == command_of(name).get_short_help_str(1000)


def imported(*words):
    """What of our command line a process imports for these words."""
    script = (
        "import sys; from beat_schedule.cli import main; "
        f"main({[*words]!r}, standalone_mode=False); "
        "print([name for name in sys.modules if name.startswith('beat_schedule.cli.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


def test_calling_one_command_imports_no_other():
    names = imported("check", "--help")

    assert "beat_schedule.cli.check" in names
    assert "beat_schedule.cli.status" not in names
    assert "beat_schedule.cli.run" not in names


def test_listing_them_imports_none():
    names = imported("--help")

    assert "beat_schedule.cli.check" not in names
    assert "beat_schedule.cli.run" not in names
