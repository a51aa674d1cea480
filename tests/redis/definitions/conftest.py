"""What an operator says, as Redis has it."""

import pytest

from beat_schedule.decisions import Definition, EntryKind
from tests.beat_house import Beat


@pytest.fixture
def said(beat: Beat):
    """An operator says it now, and it is known to Redis."""
    versions = iter(range(1, 1000))

    def said(key, kind=EntryKind.ENTRY, *, at=None, **options):
        definition = Definition(
            key=key,
            kind=kind,
            options=options or None,
            version=next(versions),
            at=at or beat.clock.now(),
        )
        beat.define(definition)
        return definition

    return said
