"""What the tests of the scripts speak of."""

from datetime import UTC, datetime, timedelta

from beat_schedule.clock import to_millis
from beat_schedule.dispatch.state import State
from beat_schedule.dispatch.values import Declared
from tests.beat_house import CLOCK_KEY

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NO_SPREAD = timedelta(0)
DAILY = Declared("daily", NO_SPREAD, "its schedule")


def it_is(state: State, now: datetime) -> None:
    state.redis.set(CLOCK_KEY, to_millis(now))


def lines(state: State) -> list[tuple[str, str, int]]:
    found = state.read(100).decided
    return [(each.decision, each.reason, each.count) for each in found]
