"""What an entry owes, and what is said of it."""

from datetime import timedelta
from typing import Any

import pytest

from beat_schedule.policies import Policy
from beat_schedule.schedules import Cron, Every, Governed
from tests.beat_house import Beat, owing

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "bad", [{"kwargs": {"what": object}}, {"options": {"queue": "no list"}}], ids=["built", "sent"]
)
def test_what_keeps_an_entry_from_being_sent_is_said_once(
    beat: Beat, bad: dict[str, Any], caplog: pytest.LogCaptureFixture
):
    beat.redis.set("test:no list", "somebody's string")
    leader = beat.start(good=Every("10s"), bad={"schedule": Cron("0 12 * * *")} | bad)
    for _ in range(4):
        beat.clock.advance(10 * SECOND)
        leader.make()

    assert len(beat.due("good")) == 4
    assert list(owing(leader.state)) == ["bad"]
    assert caplog.text.count("occurrence.failed") == 1


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
