"""The recorder's parts: one that cannot be done now keeps no other from its work."""

import pytest

from beat_schedule.dispatch.recorder import RECONCILE_EVERY, Recorder
from beat_schedule.errors import RecordAwayError
from beat_schedule.testing import ManualClock


class Parts:
    """Stands for drain and reconciler, and notes what is asked of it."""

    def __init__(self, failing):
        self._failing = failing
        self.done = []

    def _do(self, part):
        self.done.append(part)
        if part in self._failing:
            raise RecordAwayError("locked")

    def drain(self):
        self._do("drain")

    def go_on(self):
        self._do("go_on")

    def bring(self):
        self._do("bring")

    def take_over(self):
        self._do("take_over")

    def reconcile(self):
        self._do("reconcile")


class Term:
    term = object()


@pytest.fixture
def recorder():
    def recorder(parts, *, is_time=True):
        clock = ManualClock()
        made = Recorder(None, Term(), None, record=None, roster=None, witness=None, clock=clock)
        made._drain = made._reconciler = parts
        made._reconciled_at -= RECONCILE_EVERY if is_time else 0
        return made

    return recorder


@pytest.mark.parametrize("failing", ["drain", "go_on", "bring", "take_over", "reconcile"])
def test_a_locked_row_stops_only_what_needs_it(recorder, failing):
    parts = Parts({failing})

    with pytest.raises(RecordAwayError):
        recorder(parts)._work()

    assert parts.done == ["drain", "go_on", "bring", "take_over", "reconcile"]


def test_between_two_looks_only_the_journal_and_what_waits_are_seen_to(recorder):
    parts = Parts(set())

    recorder(parts, is_time=False)._work()

    assert parts.done == ["drain", "go_on"]
