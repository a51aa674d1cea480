"""The rows of the features that the code declares: made when a worker starts."""

from collections.abc import Iterable
from typing import Any

from celery import Celery, signals
from sqlalchemy.exc import SQLAlchemyError

from beat_schedule import logs
from beat_schedule.clock import SystemClock
from beat_schedule.errors import StoreError
from beat_schedule.features import Toggle
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.features import sync

log = logs.logger("hookbeat.worker")


def keep_feature_rows(app: Celery, settings: Settings, toggles: Iterable[Toggle]) -> None:
    """From now on, whenever a worker of this app starts."""
    declared = tuple(toggles)

    def begin(instance: Any = None, **_: Any) -> None:
        if declared and getattr(instance, "app", None) is app:
            make_feature_rows(settings, declared)

    signals.celeryd_after_setup.connect(begin, weak=False)


def make_feature_rows(settings: Settings, toggles: Iterable[Toggle]) -> None:
    """Let the table follow the code, and log what is new in it and what is unknown.

    A database that cannot be asked is logged: without its row a feature keeps its runs back.
    """
    try:
        engine = make_engine(settings.database_url.get_secret_value())
        try:
            with make_sessions(engine).begin() as session:
                synced = sync(session, toggles, SystemClock().now())
        finally:
            engine.dispose()
    except (SQLAlchemyError, StoreError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        log.warning("feature.unsynced", reason=reason, cure="hookbeat migrate")
        return
    if synced.added:
        log.info("feature.added", features=synced.added)
    if synced.unknown:
        log.warning("feature.undeclared", features=synced.unknown)
