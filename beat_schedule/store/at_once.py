"""A run's usual way in as one statement, which is a transaction of its own; for PostgreSQL.

In a transaction of several statements each of them is a journey to the server and back, and so are
its beginning and its end. Here whatever is not as usual changes nothing, and is left to the gate.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import CTE, Connection, Engine, Executable, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql

from .engine import Sessions
from .gate import RUNS, due_time_of, row_of
from .models import Revision, Trigger
from .occurrences import OCCURRENCES, noting_start, values_of_start
from .revision import GUARDS
from .runs import Opening

_REVISIONS: Table = Revision.metadata.tables[Revision.__tablename__]


def engine_at_once(sessions: Sessions) -> Engine | None:
    """On whose connections every statement is a transaction; None where that would save nothing."""
    engine: Engine = sessions.kw["bind"]
    if engine.dialect.name != "postgresql":
        return None
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def open_at_once(connection: Connection, opening: Opening, revision: int) -> bool:
    """Start a run that has no row, if its slot is free and the guards' revision is still that.

    Raises DataError, and has changed nothing, where the record says that it was not sent.
    """
    row = row_of(opening) | {"slot": opening.slot}
    due = values_of_start(due_time_of(opening)) if opening.trigger is Trigger.SCHEDULE else {}
    values = {f"run_{name}": value for name, value in row.items()}
    values |= {f"due_{name}": value for name, value in due.items()}
    values |= {"revision": GUARDS, "known": revision}
    return connection.scalar(_opening(tuple(row), tuple(due)), values) is not None


@cache
def _opening(row: tuple[str, ...], due: tuple[str, ...]) -> Executable:
    """Built once: to build and to hash it takes longer than to carry it out."""
    opened = _opened(row)
    if not due:
        return select(opened.c.id)
    insert = postgresql.insert(OCCURRENCES).from_select(
        due, select(*_bound(OCCURRENCES, "due", due)).select_from(opened)
    )
    noted: Any = noting_start(insert)
    count = select(func.count()).select_from(noted.cte("noted")).scalar_subquery()
    # Not noted where another decision stands: that divides by nothing, and takes all of it back.
    return select(opened.c.id, 1 / count)


def _opened(row: tuple[str, ...]) -> CTE:
    known = select(_REVISIONS.c.number).where(_REVISIONS.c.name == bindparam("revision"))
    is_known = func.coalesce(known.scalar_subquery(), 0) == bindparam("known")
    insert = postgresql.insert(RUNS).from_select(
        row, select(*_bound(RUNS, "run", row)).where(is_known)
    )
    return insert.on_conflict_do_nothing().returning(RUNS.c.id).cte("opened")


def _bound(table: Table, what: str, names: Iterable[str]) -> list[Any]:
    return [bindparam(f"{what}_{name}", type_=table.c[name].type).label(name) for name in names]
