"""What can run although no entry names it: a task of the app or, in this process, any function."""

from celery import Celery, Task

from beat_schedule.entries import Entry
from beat_schedule.errors import NotFoundError
from beat_schedule.policies import UNTRACKED
from beat_schedule.runs.install import install_task
from beat_schedule.runs.process import Process
from beat_schedule.schedules import At
from beat_schedule.settings import Settings
from beat_schedule.translate.functions import function_at
from beat_schedule.translate.report import RefusedError

from .in_effect import find_overlaid


def find_runnable(app: Celery, process: Process, name: str, *, inline: bool) -> Entry:
    """The entry of that name as beats have it, or one for this run of a task that has none.

    Raises NotFoundError, with a suggestion.
    """
    entries = tuple(process.entries.values())
    try:
        found = find_overlaid(process.settings, entries, name)
    except NotFoundError:
        has_entries = any(entry.task == name for entry in entries)
        alone = None if has_entries else _entry_of_path(app, process, name, inline=inline)
        if alone is None:
            raise
        return alone
    process.named.learn(found.key, found.task, found.told)
    return found


def _entry_of_path(app: Celery, process: Process, path: str, *, inline: bool) -> Entry | None:
    """An entry for this one run of what the path names; None where nothing is there to run.

    By a worker that is what the app registers. Raises NotFoundError for a function of which no
    worker would know. With `inline` it is made a task of this process.
    """
    app.loader.import_default_modules()
    if path not in app.tasks:
        try:
            function_at(path)
        except RefusedError:
            return None
        if not inline:
            raise NotFoundError(
                f"{path} has no entry, and workers do not know it: declare it, or run it here "
                "(hookbeat run --inline)"
            )
    if inline:
        install_task(app, path, process)
    return Entry(
        key=path,
        task=path,
        schedule=At(process.clock.now().replace(microsecond=0), process.settings.zone),
        queue=_queue_of(app.tasks[path], process.settings),
        event="run",
        place="hookbeat run",
        policy=UNTRACKED,
    )


def is_followed(app: Celery, entry: Entry) -> bool:
    """Whether the app's workers carry its task out as a run, with a record."""
    return hasattr(app.tasks.get(entry.task), "hookbeat_body")


def _queue_of(task: Task, settings: Settings) -> str:
    own = str(getattr(task, "queue", None) or "")
    return own if own in settings.queue_timeouts else "default"
