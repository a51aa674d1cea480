"""Maintenance of everything, and what goes on in it: the scripts, on a real Redis."""

import uuid
from datetime import timedelta

import pytest

from beat_schedule.decisions import EVERYTHING, Hold, HoldKind
from beat_schedule.dispatch.operator import Operator
from beat_schedule.dispatch.pushes import Push
from beat_schedule.policies import Policy
from beat_schedule.schedules import Cron, Every, Governed
from tests.beat_house import Beat

SECOND = timedelta(seconds=1)
GOES_ON = Policy(even_in_maintenance=True)

EACH_SECOND = {
    "backup": Governed(Every("1s"), GOES_ON),
    "report": Governed(Every("1s"), Policy()),
}


@pytest.fixture
def held(beat):
    """Hold something from now on, or until then; `ended` ends it now."""

    def held(kind=HoldKind.MAINTENANCE, target=EVERYTHING, until=None):
        now = beat.clock.now()
        hold = Hold(
            target=target, kind=kind, since=now, until=until, by="ada", why="migration", version=0
        )
        return operator(beat).hold(hold)

    return held


def operator(beat: Beat) -> Operator:
    publisher = beat.publishers[-1]
    return Operator(publisher.redis, publisher.prefix)


def reasons(beat: Beat, entry: str) -> list[tuple[str, str]]:
    return [
        (line["decision"], line["reason"]) for line in beat.journal() if line.get("entry") == entry
    ]


def test_in_maintenance_only_what_goes_on_is_sent(beat, held):
    leader = beat.start(**EACH_SECOND)
    leader.make()
    held()

    beat.clock.advance(SECOND)
    leader.make()

    assert [entry for entry, _ in beat.sent()] == ["backup"]
    assert reasons(beat, "backup") == [("sent", "")]
    assert reasons(beat, "report") == [("skipped", "maintenance by ada: migration")]


def test_when_maintenance_ends_what_was_due_meanwhile_stays_skipped(beat, held):
    leader = beat.start(report=Governed(Every("1s"), Policy(catch_up_window=timedelta(hours=1))))
    leader.make()
    held(until=beat.clock.now() + SECOND)

    beat.clock.advance(2 * SECOND)
    leader.make()

    assert [decision for decision, _ in reasons(beat, "report")] == ["skipped", "sent"]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (HoldKind.PAUSED, EVERYTHING),
        (HoldKind.DISABLED, EVERYTHING),
        (HoldKind.PAUSED, "backup"),
        (HoldKind.MAINTENANCE, "backup"),
    ],
)
def test_what_goes_on_in_maintenance_is_held_by_all_else(beat, held, kind, target):
    leader = beat.start(**EACH_SECOND)
    leader.make()
    held(kind, target)

    beat.clock.advance(SECOND)
    leader.make()

    assert "backup" not in [entry for entry, _ in beat.sent()]


def test_entries_side_by_side_are_told_apart_in_one_call(beat, held):
    noon = {"schedule": Cron("0 12 * * *")}
    entries = {f"plain{n}": noon for n in range(3)} | {
        f"on{n}": {"schedule": Governed(Cron("0 12 * * *"), GOES_ON)} for n in range(3)
    }
    leader = beat.start(**entries)
    leader.make()
    held()

    beat.clock.advance(SECOND)
    leader.make()

    assert sorted(entry for entry, _ in beat.sent()) == ["on0", "on1", "on2"]


@pytest.mark.parametrize(("policy", "is_sent"), [(GOES_ON, True), (Policy(), False)])
def test_a_run_by_hand_obeys_maintenance_as_its_entry_does(beat, held, policy, is_sent):
    beat.start(**EACH_SECOND)
    held()

    push = Push("LPUSH", "test:celery", "{}")
    asked = operator(beat).send("backup", str(uuid.uuid4()), policy, [push], force=False)

    assert (asked.held is None) is is_sent
    assert beat.redis.llen("test:celery") == is_sent


def test_a_run_by_hand_is_held_by_a_pause_whatever_goes_on_in_maintenance(beat, held):
    beat.start(**EACH_SECOND)
    held(HoldKind.PAUSED)

    push = Push("LPUSH", "test:celery", "{}")
    asked = operator(beat).send("backup", str(uuid.uuid4()), GOES_ON, [push], force=False)

    assert asked.held
    assert asked.held.kind is HoldKind.PAUSED
