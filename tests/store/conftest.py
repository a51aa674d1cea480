"""Cleaning a record, as of day 100."""

import pytest
from sqlalchemy import select

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
