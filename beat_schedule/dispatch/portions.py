"""What a pass proposes, in portions: what one call carries, and what is reckoned in one go."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .state import CHUNK
from .values import Candidate

#: Due times that are reckoned before what was found is decided: some seconds of work, so that a
#: leader that was away for months keeps what it has done, whatever becomes of it.
RECKONED = 100_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is proposed for one entry."""

    candidate: Candidate
    #: How many due times were looked at for it.
    reckoned: int
    #: Whether there may be more due times than those.
    has_rest: bool
    #: Why the due time after those of the candidate cannot be sent.
    trouble: str


def portions(plans: Iterable[tuple[str, Plan]]) -> Iterator[dict[str, Plan]]:
    """By entry, of a few hundred items each: one call must not hold Redis up for long."""
    portion: dict[str, Plan] = {}
    size = reckoned = 0
    for key, plan in plans:
        portion[key] = plan
        size += len(plan.candidate.items)
        reckoned += plan.reckoned
        if size >= CHUNK or reckoned >= RECKONED:
            yield portion
            portion, size, reckoned = {}, 0, 0
    if portion:
        yield portion
