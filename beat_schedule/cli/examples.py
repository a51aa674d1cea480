"""What the help of a command ends with: lines that can be typed as they stand; a test runs each."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

C = TypeVar("C", bound=click.Command)


def examples(*lines: str) -> Callable[[C], C]:
    """Let the help of a command show these, whole: `hookbeat check --no-import`."""

    def with_examples(command: C) -> C:
        command.epilog = _block(lines)
        return command

    return with_examples


def examples_of(command: click.Command) -> list[str]:
    """Those that its help shows."""
    listed = (command.epilog or "").splitlines()
    return [line.strip() for line in listed if line.startswith("  ")]


class Noun(click.Group):
    """Commands about one thing; its help shows the first example of each."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        found = (self.get_command(ctx, name) for name in self.list_commands(ctx))
        firsts = [line for each in found if each for line in examples_of(each)[:1]]
        self.epilog = _block(firsts)
        super().format_epilog(ctx, formatter)


def _block(lines: Sequence[str]) -> str:
    """On lines of their own: click joins others, however they are broken."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
