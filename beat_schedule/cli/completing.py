"""What options and arguments offer to a shell: names, looked up when the key is pressed."""

from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from click import Context, Parameter
from click.shell_completion import CompletionItem

from beat_schedule.settings import Settings

#: Set where a shell asks; click makes the name of that of the program.
ASKED = "_HOOKBEAT_COMPLETE"

#: What click takes as `shell_complete`.
Completer: TypeAlias = Callable[[Context, Parameter, str], list[CompletionItem]]


def _by(module: str, source: str) -> Completer:
    """What that function knows; its module is imported when it is asked."""

    def complete(ctx: Context, _param: Parameter, begun: str) -> list[CompletionItem]:
        settings = ctx.find_root().obj or Settings.read()
        known = getattr(import_module(f"{__package__}.{module}"), source)(settings)
        return [
            CompletionItem(name, help=told or None)
            for name, told in known.items()
            if name.startswith(begun)
        ]

    return complete


entries = _by("offered", "entries")
tasks = _by("offered", "tasks")
events = _by("offered", "events")
queues = _by("offered", "queues")
features = _by("offered_on_record", "features")
runs = _by("offered_on_record", "runs")
open_runs = _by("offered_on_record", "open_runs")


def files(_ctx: Context, _param: Parameter, begun: str) -> list[CompletionItem]:
    """Whatever the shell finds."""
    return [CompletionItem(begun, type="file")]
