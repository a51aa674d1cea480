"""The table of features: made to follow the enum, listed, switched on and off."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from beat_schedule.errors import NotFoundError, suggestion
from beat_schedule.features import Features, Toggle
from beat_schedule.plain import plain_text

from . import models
from .revision import bump
from .upsert import insert_into

#: Who switched on or off what nobody has switched yet.
NOBODY = "hookbeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """How a feature stands, and who saw to it."""

    name: str
    description: str
    active: bool
    changed_by: str
    changed_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Synced:
    """What the table was given, and what it has that no enum declares."""

    added: tuple[str, ...]
    unknown: tuple[str, ...]


def sync(session: Session, toggles: Iterable[Toggle], at: datetime) -> Synced:
    """Give every toggle its row and its description; what is on or off stays so.

    Nothing is written where nothing differs. Two at once do no harm.
    """
    declared = {toggle.name: toggle for toggle in toggles}
    rows = select(models.Feature.name, models.Feature.description)
    found: dict[str, str] = {row.name: row.description for row in session.execute(rows)}
    added = _added(session, [declared[name] for name in sorted(declared.keys() - found.keys())], at)
    for name in sorted(declared.keys() & found.keys()):
        description = plain_text(declared[name].description)
        if found[name] != description:
            row = update(models.Feature).where(models.Feature.name == name)
            session.execute(row.values(description=description))
    return Synced(added, tuple(sorted(found.keys() - declared.keys())))


def every_feature(session: Session) -> list[Feature]:
    """All that have a row, by name."""
    rows = session.scalars(select(models.Feature).order_by(models.Feature.name))
    return [_feature(row) for row in rows]


def feature_named(session: Session, name: str) -> Feature:
    """Raises NotFoundError, with a suggestion, for one without a row."""
    if row := session.get(models.Feature, name):
        return _feature(row)
    known = session.scalars(select(models.Feature.name)).all()
    hint = suggestion(name, known) or "`hookbeat feature list` shows all"
    raise NotFoundError(f"no feature {name!r}; {hint}")


def switch(
    session: Session, name: str, *, active: bool, by: str, why: str, at: datetime
) -> Feature | None:
    """Switch it on or off; None where it stood so already, and then nothing is written.

    Raises NotFoundError for one without a row.
    """
    change = (
        update(models.Feature)
        .where(models.Feature.name == name, models.Feature.active.is_not(active))
        .values(active=active, changed_by=plain_text(by), changed_at=at, why=plain_text(why))
        .returning(models.Feature.name)
        .execution_options(synchronize_session=False)
    )
    if session.scalar(change) is None:
        feature_named(session, name)
        return None
    bump(session)
    return feature_named(session, name)


def states(session: Session, declared: Iterable[str] = ()) -> Features:
    """Which are on, in one question; `declared` are the names that the enum has."""
    rows = session.execute(select(models.Feature.name, models.Feature.active))
    return Features(MappingProxyType({row.name: row.active for row in rows}), frozenset(declared))


def _added(session: Session, missing: list[Toggle], at: datetime) -> tuple[str, ...]:
    """In the order of their names, so that two at once never wait for each other."""
    if not missing:
        return ()
    rows = [
        {
            "name": toggle.name,
            "description": plain_text(toggle.description),
            "active": toggle.active,
            "changed_by": NOBODY,
            "changed_at": at,
            "why": "declared",
        }
        for toggle in missing
    ]
    insert = insert_into(session, models.Feature).values(rows).on_conflict_do_nothing()
    added = session.scalars(insert.returning(models.Feature.name)).all()
    if added:
        bump(session)
    return tuple(sorted(added))


def _feature(row: models.Feature) -> Feature:
    return Feature(
        name=row.name,
        description=row.description,
        active=row.active,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        why=row.why,
    )
