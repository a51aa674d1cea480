"""Entries that have another key than before: what counts under the old one counts for the new."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from beat_schedule.decisions import EntryKind

from .audit import note
from .definitions import define, definition_of, take_turn
from .models import Run
from .operators import OperatorsEntry


def slots_to_hand_over(session: Session, successors: Mapping[str, str]) -> list[str]:
    """The old keys of which a run is under way, or waits."""
    slots = session.scalars(select(Run.slot).where(Run.slot.in_(successors)))
    return [slot for slot in slots if slot]


def hand_over_slot(session: Session, former: str, key: str) -> None:
    """Let a run of the old key keep those of the new one from starting, unless one has begun."""
    other = aliased(Run)
    session.execute(
        update(Run)
        .where(Run.slot == former, ~exists().where(other.slot == key))
        .values(slot=key)
        .execution_options(synchronize_session=False)
    )


def overrides_to_hand_over(session: Session, successors: Mapping[str, str]) -> list[str]:
    """The old keys with an override, where nothing was ever said of the new one."""
    names = {*successors, *successors.values()}
    rows = session.scalars(select(OperatorsEntry).where(OperatorsEntry.key.in_(names)))
    said = {row.key: row for row in rows}
    return [
        former
        for former, key in successors.items()
        if former in said and key not in said and said[former].said is not None
        if said[former].kind is EntryKind.OVERRIDE
    ]


def hand_over_override(session: Session, former: str, key: str, now: datetime) -> None:
    """Let what an operator said of the old key be said of the new one, by the same."""
    version = take_turn(session, now)
    kept = definition_of(session, former)
    if kept is None or session.get(OperatorsEntry, key) is not None:
        return
    definition = replace(kept.definition, key=key, version=version)
    define(session, [definition], by=kept.by, why=kept.why)
    note(
        session,
        at=now,
        who=kept.by,
        by="beat",
        action="rename",
        target=key,
        why=f"the entry was {former} before",
        after=definition.options,
    )
