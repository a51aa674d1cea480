"""No single fault, at whatever call, breaks a promise."""

from tests.simulation.explore import explore
from tests.simulation.wire import Line


def test_every_single_fault_of_a_small_instance(line: Line):
    lives = list(explore(line))

    assert len(lives) > 300
    assert [life for life in lives if life[2]] == []
