"""The Celery app that a command works with, found by the name that `celery -A` takes."""

from collections.abc import Callable

from celery import Celery
from celery.app.utils import find_app

from beat_schedule.decisions import Definition
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.errors import HookbeatError, Problem, SettingsError
from beat_schedule.runs.process import Process
from beat_schedule.settings import Settings
from beat_schedule.translate.overlay import Code, entry_in_force, former_keys
from beat_schedule.translate.said import Workshop


def app_named(name: str) -> Celery:
    """The app that `celery -A` would find; raises SettingsError when it does not import."""
    try:
        return find_app(name)
    except HookbeatError:
        raise
    except Exception as error:
        reason = f"{name!r} cannot be imported: {type(error).__name__}: {error}"
        raise SettingsError(
            [Problem("HOOKBEAT_APP", reason, "name it as `celery -A` does")]
        ) from error


def process_of(app: Celery) -> Process:
    """What `install` made of the app; raises SettingsError when it was never called."""
    process = getattr(app, "hookbeat", None)
    if isinstance(process, Process):
        return process
    reason = "names an app whose tasks are not carried out by Hookbeat"
    cure = "call beat_schedule.runs.install.install(app, …) where the app is made"
    raise SettingsError([Problem("HOOKBEAT_APP", reason, cure)])


def has_runs(app: Celery) -> bool:
    """Whether `install` made the app ours: then its workers carry entries out as runs."""
    return isinstance(getattr(app, "hookbeat", None), Process)


def settings_of(app: Celery) -> Settings:
    """What `install` was given; in an app that knows nothing of us, what the environment says."""
    return app.hookbeat.settings if has_runs(app) else Settings.read()


def maker_of(app: Celery) -> Callable[[Definition], PeriodicEntry | None]:
    """What makes entries of what operators say; raises EntryError for what cannot be meant.

    None is made where an entry of the code had that key before: it is that one now.
    """
    process = process_of(app)
    workshop = Workshop(process.settings)
    former = former_keys(process.entries.values())
    code = code_of(app)

    def make(said: Definition) -> PeriodicEntry | None:
        if said.key in former:
            return None
        declared = process.entries.get(said.key)
        entry = entry_in_force(said, declared, process.settings, workshop, code)
        return PeriodicEntry.of(app, entry)

    return make


def unread_of(app: Celery) -> str:
    """Why the app may have entries that nobody knows, in one line; empty where all is read."""
    first, *more = [f"{each.place}: {each.reason}" for each in process_of(app).unread] or [""]
    return f"{first} (and {len(more)} more)" if more else first


def code_of(app: Celery) -> Code:
    """What the app registers, with the modules that it names imported."""
    try:
        app.loader.import_default_modules()
    except Exception:  # noqa: BLE001 -- of the user's code; who cannot import it knows no task
        return Code(is_read=False)
    return Code(tasks=app.tasks, is_read=not process_of(app).unread)
