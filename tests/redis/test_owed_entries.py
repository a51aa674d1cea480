"""What an entry owes, and what is said of it."""

from datetime import timedelta

from beat_schedule.policies import Policy
from beat_schedule.schedules import Cron, Governed
from tests.beat_house import Beat, owing

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def test_an_entry_whose_spread_is_shortened_while_nothing_waits_owes_nothing_for_long(beat: Beat):
    spread = {"schedule": Governed(Cron("0 3 * * *"), Policy(spread=HOUR))}
    shorter = {"schedule": Governed(Cron("0 3 * * *"), Policy(spread=SECOND))}
    leader = beat.start(daily=spread)
    beat.clock.advance(SECOND)
    leader.make()

    leader.roster.change(beat._entries({"daily": shorter}))
    leader.passes.take_up({"daily"})
    beat.clock.advance(SECOND)
    leader.make()

    assert owing(leader.state) == {}
