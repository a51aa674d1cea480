"""A beat that cannot read all that is declared: it leads only where nobody who can is there."""

import pytest

from tests.unit.dispatch.scripted import HOUR, NOON, it_is


@pytest.fixture
def show(state):
    """A beat shows itself; the set that is in force then."""

    def show(beat, generation, *, is_whole=True):
        return state.watch(beat, generation, {}, is_whole=is_whole).generation

    it_is(state, NOON)
    return show


def test_a_new_set_comes_into_force_at_once_and_a_part_of_one_does_not(show):
    assert show("web1", "old") == "old"

    assert show("web2", "part", is_whole=False) == "old"
    assert show("web3", "new") == "new"


def test_a_part_does_where_nobody_carries_the_whole_and_goes_when_somebody_does(show, state):
    show("web1", "old")
    it_is(state, NOON + HOUR)

    assert show("web2", "part", is_whole=False) == "part"
    # It was in force before, and only that it is whole counts more.
    assert show("web1", "old") == "old"
    assert show("web2", "part", is_whole=False) == "old"


def test_a_whole_set_that_was_in_force_before_still_waits_for_another_whole_one(show):
    show("web1", "old")
    show("web2", "new")

    assert show("web1", "old") == "new"
