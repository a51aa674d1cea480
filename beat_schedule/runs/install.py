"""Making a Celery app ours: its settings, a task for each entry, and every run on record."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from celery import Celery, Task, signals
from kombu.entity import Exchange, Queue

from beat_schedule import brokers
from beat_schedule.entries import Entry
from beat_schedule.project import being_imported
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine
from beat_schedule.store.migrate import require_current
from beat_schedule.translate import Translation, periodic_entries
from beat_schedule.translate.functions import function_at
from beat_schedule.translate.periodic import GRACE
from beat_schedule.translate.report import RefusedError

from .celery_task import is_recorded, record, task_of_function
from .code import Code, complain_of
from .feature_rows import keep_feature_rows
from .process import Process
from .showing import show_workers
from .toggles import toggles_of
from .traced import look_after_traces
from .worker_code import FollowCode
from .worker_connection import KeepTimeLimits
from .worker_life import look_after_runs

#: Added to how long an unanswered message may be in a worker's hands.
MARGIN = timedelta(minutes=1)


def install(app: Celery, settings: Settings, translation: Translation) -> Process:
    """Configure the app and let every entry's task be carried out as a run.

    The entries' tasks must be importable; nothing is connected. What is wrong with the others is
    logged by each worker and beat that starts. Raises SettingsError where the enum of features
    cannot be used.
    """
    entries = translation.entries
    settings = settings.having_queues(translation.clocks)
    toggles = toggles_of(settings)
    look_after_traces(settings)
    process = Process(settings, entries=entries)
    process.problems, process.unread = translation.problems, translation.unread
    configure(app, settings, entries)
    keep_feature_rows(app, settings, toggles.values())
    _install_tasks(app, translation, process)
    app.conf.beat_schedule = periodic_entries(entries)
    # Where the command line finds it, which knows the app by name only.
    app.hookbeat = process
    look_after_runs(app, process)
    if settings.follows_code and translation.again:
        _follow_code(app, process, translation)
    app.steps["consumer"].add(KeepTimeLimits)
    show_workers(app, settings, process.clock, process.log)
    _complain_at_start(translation)
    return process


def _follow_code(app: Celery, process: Process, translation: Translation) -> None:
    """Let other entries be the app's whenever the code that declares them is edited."""

    def declare(translation: Translation, dropped: Iterable[str]) -> None:
        before, entries = process.entries, translation.entries
        settings = process.settings.having_queues(translation.clocks)
        _install_tasks(app, translation, process)
        for path in dropped:
            with suppress(RefusedError):
                install_task(app, path, process)
        process.declare(entries, settings)
        process.problems, process.unread = translation.problems, translation.unread
        _add_queues(app, settings)
        others = {key: said for key, said in app.conf.beat_schedule.items() if key not in before}
        app.conf.beat_schedule = others | periodic_entries(entries)

    process.code = Code(app, process.settings, translation, declare=declare, kept=being_imported())
    app.conf.worker_pool_restarts = True
    app.steps["consumer"].add(FollowCode)


def _add_queues(app: Celery, settings: Settings) -> None:
    """Those that a clock needs which was not there when the app was made."""
    for name in settings.queue_timeouts:
        if name not in app.amqp.queues:
            # Not `add`: a worker that was told its queues would take this one too.
            app.amqp.queues[name] = _queue(name)


def _install_tasks(app: Celery, translation: Translation, process: Process) -> None:
    for path in sorted({*(each.task for each in translation.entries), *translation.unscheduled}):
        install_task(app, path, process)


def configure(app: Celery, settings: Settings, entries: Iterable[Entry] = ()) -> None:
    """Say to Celery what runs need of it."""
    app.conf.update(
        broker_url=brokers.broker_url(settings),
        broker_transport_options=_transport_options(settings, entries),
        # Redis may come later than we do, and may go away meanwhile: wait for it.
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # Nor end over an answer: a master that steps down, or has no replica yet, refuses a while.
        broker_channel_error_retry=True,
        accept_content=["json"],
        task_serializer="json",
        result_serializer="json",
        # How a run ended is in the record.
        result_backend=None,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        # No message ends the worker or stops its queue.
        worker_consumer="beat_schedule.runs.consumer:Consumer",
        task_queues=[_queue(name) for name in settings.queue_timeouts],
        task_default_queue="default",
        # A slip in a queue's name would fill a queue that nobody reads.
        task_create_missing_queues=False,
        # Both would take what our own logging and a run's record are to get.
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        enable_utc=True,
        timezone="UTC",
        beat_scheduler="beat_schedule.scheduler:Scheduler",
        # What `celery inspect` and `celery control` may ask for.
        imports=[*app.conf.imports, "beat_schedule.remote"],
    )


def _complain_at_start(translation: Translation) -> None:
    """Not now: there is nowhere to log to yet."""

    def complain(**_: Any) -> None:
        complain_of(translation)

    for start in (signals.celeryd_after_setup, signals.beat_init):
        start.connect(complain, weak=False)


def require_database(settings: Settings) -> None:
    """Raise StoreError, with what to do, unless the database is there and up to date."""
    engine = make_engine(settings.database_url.get_secret_value())
    try:
        require_current(engine, settings)
    finally:
        engine.dispose()


def install_task(app: Celery, path: str, process: Process) -> None:
    """Let what the path names be carried out as runs; raises RefusedError where it is nothing."""
    if path in app.tasks:
        if not is_recorded(app.tasks[path]):
            record(app.tasks[path], process)
        return
    found = function_at(path)
    if isinstance(found, Task):
        record(app.register_task(found), process)
    else:
        record(task_of_function(app, path, found), process, found)


def _queue(name: str) -> Queue:
    queue: Any = Queue
    exchange: Any = Exchange
    made: Queue = queue(name, exchange(name, type="direct"), routing_key=name)
    return made


def _transport_options(settings: Settings, entries: Iterable[Entry]) -> dict[str, object]:
    timeouts = [*settings.queue_timeouts.values()]
    timeouts += [entry.timeout for entry in entries if entry.timeout]
    # A prefetched message waits for a whole run before its own.
    in_hand = 2 * (max(timeouts) + GRACE) + MARGIN
    return {
        "global_keyprefix": settings.prefix,
        "visibility_timeout": int(in_hand.total_seconds()),
        "socket_timeout": 10,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
        "health_check_interval": 10,
        **brokers.transport_options(settings),
    }
