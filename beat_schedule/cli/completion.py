"""`hookbeat completion`: what a shell needs to complete our words, and what it asks then.

The scripts and the way in which they ask are click's.
"""

import json
import os
import re
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from itertools import pairwise
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

from . import asking
from .completing import ASKED
from .examples import examples

PROGRAM = "hookbeat"

#: How it is switched on, by shell.
HOW = {
    "bash": 'put this line into ~/.bashrc: eval "$(hookbeat completion bash)"',
    "zsh": 'put this line into ~/.zshrc, below compinit: eval "$(hookbeat completion zsh)"',
    "fish": "hookbeat completion fish > ~/.config/fish/completions/hookbeat.fish",
}


class _Quiet(ShellComplete):
    """Whatever is wrong, nothing is written among the words that somebody is typing."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            try:
                found = super().get_completions(args, incomplete)
            except (Exception, SystemExit):  # noqa: BLE001 -- the user's own modules may do anything
                return []
        if incomplete.startswith("-") and "=" in incomplete:
            # The shell has `--entry=tasks` for one word, and click leaves the option out.
            for item in found:
                item.value = f"{incomplete.partition('=')[0]}={item.value}"
        return found


class _Bash(_Quiet, BashComplete):
    """Joins what bash takes apart: at `@` and `:`, which keys of entries have, and at `=`."""

    _cut = 0

    def get_completion_args(self) -> tuple[list[str], str]:
        words = os.environ["COMP_WORDS"].split("\n")
        words = [*words, ""][: int(os.environ["COMP_CWORD"]) + 1]
        joined = words[:1]
        for before, word in pairwise(words):
            if word and (_is_break(before) or _is_break(word)):
                joined[-1] += word
            else:
                joined.append(word)
        *args, begun = ("".join(split_arg_string(word)[:1]) for word in joined[1:])
        self._cut = len(begun) - len(_replaced(words))
        return args, begun

    def format_completion(self, item: CompletionItem) -> str:
        if item.type != "plain":
            return super().format_completion(item)
        # Once for `read` in the script of click, and once for the line.
        escaped = re.sub(r"([^\w@%+=:,./-])", r"\\\\\1", item.value[self._cut :])
        return f"{item.type},{escaped}"


def _is_break(word: str) -> bool:
    return bool(word) and not word.strip("@:=")


def _replaced(words: list[str]) -> str:
    """What bash puts the completed word in place of: it leaves `@` to the word behind it."""
    before, word = words[-2:]
    if _is_break(word):
        return "@" if word.endswith("@") else ""
    begun = "".join(split_arg_string(word)[:1])
    return f"@{begun}" if word and _is_break(before) and before.endswith("@") else begun


class _Zsh(_Quiet, ZshComplete):
    pass


class _Fish(_Quiet, FishComplete):
    pass


SHELLS: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}

for _name, _shell in SHELLS.items():
    add_completion_class(_shell, _name)


@examples("hookbeat completion bash")
@click.command("completion")
@click.argument("shell", type=click.Choice(list(SHELLS)))
@asking.for_machines
@click.pass_context
def completion(context: click.Context, shell: str, *, as_json: bool) -> None:
    """Print what a shell needs to complete commands, options, entries, runs, features and queues.

    Its last line says how it is switched on.
    """
    main: Any = context.find_root().command
    script = SHELLS[shell](main, {}, PROGRAM, ASKED).source()
    if as_json:
        told = {"shell": shell, "script": script, "switch_on": HOW[shell]}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(f"{script.rstrip()}\n\n# To switch it on: {HOW[shell]}")
