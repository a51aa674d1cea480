"""`celery -A APP hookbeat …`: the command line as one of Celery's, by `celery.commands`.

Celery imports this for each of its command lines: what it needs itself is all that it imports.
`celery status` tells, below its own words, which runs are under way.
"""

from importlib import import_module

import click

from beat_schedule import remote

__all__ = ["hookbeat", "remote"]


@click.command(
    "hookbeat",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def hookbeat(context: click.Context, words: tuple[str, ...]) -> None:
    """Periodic tasks: status, doctor, list, why, runs and all that `hookbeat` can do."""
    main, apps = import_module("beat_schedule.cli").main, import_module("beat_schedule.apps")
    main(words, prog_name="celery hookbeat", obj=apps.settings_of(context.obj.app))


remote.let_status_tell_of_runs()
