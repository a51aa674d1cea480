"""The settings as they are kept in the database."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from beat_schedule.errors import StoreError
from beat_schedule.store.engine import Sessions
from tasks.library.models import Setting

from .specs import LibrarySettings, understood


def kept_texts(session: Session) -> dict[str, str]:
    """What was set, by name; raises StoreError when the tables are not there yet."""
    try:
        return {row.name: row.value for row in session.scalars(select(Setting))}
    except (OperationalError, ProgrammingError) as error:
        if "library_setting" not in str(error.orig):
            raise
        raise StoreError("the library has no tables yet: run `hookbeat migrate`") from error


def settings_in_force(readers: Sessions, default_zone: str) -> LibrarySettings:
    """What a run goes by; raises LibrarySettingsError when that is not clear."""
    with readers() as session:
        return understood(kept_texts(session), default_zone)


def keep(session: Session, texts: Mapping[str, str]) -> None:
    for name, value in texts.items():
        session.merge(Setting(name=name, value=value))
