"""A beat that comes back after months, on a real Redis, with a clock that the test moves."""

from datetime import UTC, datetime, timedelta

from beat_schedule.dispatch import roster
from beat_schedule.policies import Policy
from beat_schedule.schedules import Cron, Every, Governed
from tests.beat_house import Beat, owing

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def test_after_very_long_each_pass_keeps_what_it_has_decided(beat: Beat, monkeypatch):
    monkeypatch.setattr(roster, "MOST_TOO_LATE", 1000)
    often = Governed(Every("1s"), Policy(catch_up_window=timedelta(minutes=1)))
    beat.start(often=often, hourly=Cron("0 * * * *")).make()
    beat.clock.advance(HOUR)
    leader = beat.start(often=often, hourly=Cron("0 * * * *"))

    assert leader.make() == timedelta(0)

    # The others do not wait for it, and whoever leads next goes on from here.
    assert beat.sent() == [("hourly", NOON)]
    began = beat.clock.now() - HOUR
    assert owing(leader.state)["often"].due_at == began + 1001 * SECOND
    leader = beat.start(often=often, hourly=Cron("0 * * * *"))
    while leader.make() == timedelta(0):
        pass
    assert owing(leader.state) == {}
    assert beat.sent()[1] == ("often", began + HOUR - 10 * SECOND)
    told = [
        (line["decision"], line["count"]) for line in beat.journal() if line["entry"] == "often"
    ]
    assert told[:4] == [("expired", "1000")] * 3 + [("expired", "539")]
