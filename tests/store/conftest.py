"""Cleaning a record, as of day 100."""

import pytest
from sqlalchemy import event, select, text

from beat_schedule.store.engine import Sessions, late_writer
from beat_schedule.store.keeping import Keep
from beat_schedule.store.models import Run
from beat_schedule.store.retention import Cleaning
from tests.recorded import KEEP, NOW


@pytest.fixture
def clean(sessions: Sessions):
    """Clean as of day 100; returns how much went, and what was told."""

    def clean(now=NOW, **changes):
        told = []
        values = {name: getattr(KEEP, name) for name in KEEP.__slots__} | changes
        with late_writer(sessions) as session:
            cleaning = Cleaning(session, Keep(**values), now, told.append)
            would = Cleaning(session, Keep(**values), now).count()
            gone = cleaning.clean()
        # What is only counted is what goes.
        assert would == gone
        return gone, told

    return clean


@pytest.fixture
def left(sessions: Sessions):
    """The ids that are left."""

    def left(column=Run.id):
        with sessions() as session:
            return set(session.scalars(select(column)))

    return left


@pytest.fixture
def plans():
    """How the database would answer each question of a call, were the tables long."""

    def plans(session, ask):
        asked = []
        connection = session.connection()
        kind = connection.dialect.name
        explain = "EXPLAIN QUERY PLAN " if kind == "sqlite" else "EXPLAIN "
        if kind == "postgresql":
            # The tables are empty: it would read them whole.
            session.execute(text("SET LOCAL enable_seqscan = off"))

        def note(_connection, _cursor, statement, parameters, *_):
            asked.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", note)
        ask()
        event.remove(connection, "before_cursor_execute", note)
        return [
            "\n".join(map(str, connection.exec_driver_sql(explain + statement, parameters)))
            for statement, parameters in asked
            if statement.startswith("SELECT")
        ]

    return plans
