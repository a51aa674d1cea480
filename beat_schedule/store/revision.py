"""A number that rises with every change of what guards look at, so that they may remember it."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from .models import Revision
from .upsert import insert_into

#: Of holds and features together: whoever guards a run asks for both.
GUARDS = "guards"

#: Built once: every run asks it.
_row = Revision.metadata.tables[Revision.__tablename__].columns
_NUMBER = select(_row.number).where(_row.name == bindparam("revision"))


def bump(session: Session, name: str = GUARDS) -> None:
    """Let it rise, in the transaction of the change."""
    first = insert_into(session, Revision).values(name=name, number=1)
    risen = {"number": Revision.number + 1}
    session.execute(first.on_conflict_do_update(index_elements=[Revision.name], set_=risen))


def number(session: Session, name: str = GUARDS) -> int:
    """How often it has risen: ask for it before what it is of, and nothing newer is missed."""
    return session.scalar(_NUMBER, {"revision": name}) or 0
