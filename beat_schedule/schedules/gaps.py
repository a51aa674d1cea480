"""How far the due times of a schedule lie apart, and what follows from it."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise

from beat_schedule.policies import WINDOW, WINDOW_OF_DAYS

from .base import LATEST, Schedule
from .wall import CORRECTION

#: Asked of a fixed date, so that a schedule always gets the same answer.
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)

#: Enough to meet the shortest gap of a day, such as that of `0 6,18 * * sun`.
_LOOKED_AT = 5

#: The shortest day: the clock goes forward by less than a correction.
_A_DAY = timedelta(days=1) - CORRECTION


def shortest_gap(schedule: Schedule) -> timedelta | None:
    """The shortest time between the next few due times; None where there are not two."""
    gaps = (later - earlier for earlier, later in pairwise(_some(schedule)))
    return min(gaps, default=None)


@lru_cache(maxsize=10_000)
def default_window(schedule: Schedule) -> timedelta:
    """How late its due times may still run: a day for daily and longer, an hour for shorter.

    Never raises: a guest's schedule that cannot be asked will say so when it is due.
    """
    gap = None
    with suppress(Exception):
        gap = shortest_gap(schedule)
    return WINDOW if gap is not None and gap < _A_DAY else WINDOW_OF_DAYS


def _some(schedule: Schedule) -> Iterator[datetime]:
    return islice(schedule.between(_SOME_DAY, LATEST), _LOOKED_AT)
