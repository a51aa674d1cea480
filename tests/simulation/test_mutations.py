"""Every bug of the list is seen, and soon."""

import pytest

from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.town import live
from tests.simulation.wire import Line

#: Within so many seeds.
ENOUGH = 60


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_is_caught(line: Line, mutation: Mutation):
    with mutation.applied():
        violations = (live(line, seed).violation for seed in range(1, ENOUGH))
        caught = next(
            (violation for violation in violations if violation and mutation.breaks in violation),
            None,
        )

    assert caught, f"{ENOUGH} seeds do not show it"
