"""The examples that the help of a command gives: each runs."""

import re
import shlex

import click
import pytest

from beat_schedule.cli import main

#: The commands that look after an installation.
COMMANDS = (
    ("status",),
    ("doctor",),
    ("metrics",),
    ("health", "beat"),
    ("health", "worker"),
    ("pending",),
    ("purge",),
)


def command_of(words):
    command = main
    for word in words:
        command = command.get_command(click.Context(main), word)
    return command


def examples(words):
    """Those of its help, without `hookbeat` before them."""
    _, _, listed = command_of(words).help.partition("Example")
    return [shlex.split(each) for each in re.findall(r"^ +hookbeat (.+)$", listed, re.MULTILINE)]


EXAMPLES = [example for words in COMMANDS for example in examples(words)]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_one(words):
    assert [tuple(each[: len(words)]) for each in examples(words)] == [words] * len(examples(words))
    assert examples(words)


@pytest.mark.parametrize("example", EXAMPLES, ids=" ".join)
def test_each_runs(hookbeat, well, example):  # noqa: ARG001 -- how it stands
    done = hookbeat(*example)

    assert done.exit_code in {0, 1}, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.output
