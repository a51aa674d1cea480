"""What an entry that was made at run time leaves behind when it is removed: its history alone."""

import sys
from datetime import timedelta

import pytest

from beat_schedule.decisions import Hold, HoldKind, in_force
from beat_schedule.dispatch.definitions import bring
from tests.desk import told

WHY = ("--why", "asked", "--by", "ada")


@pytest.fixture
def hookbeat(hookbeat):
    assert hookbeat("migrate").exit_code == 0
    return hookbeat


@pytest.fixture
def add(hookbeat, name):
    def add(key="for ada", *when):
        words = ("--task", f"{name}_tasks.count", *(when or ("--every", "1h")), *WHY)
        done = hookbeat("entry", "add", key, *words)
        assert done.exit_code == 0, done.output

    return add


@pytest.fixture
def held(leader):
    """The targets that are held now."""

    def held():
        sight = leader.operator.look()
        return {hold.target: hold for hold in in_force(sight.holds, sight.now)}

    return held


@pytest.mark.parametrize("hold", [("entry", "set", "for ada", "--disable"), ("pause", "for ada")])
def test_what_held_it_does_not_hold_one_that_is_made_anew(hookbeat, add, leader, held, hold):
    add()
    assert hookbeat(*hold, *WHY).exit_code == 0

    hookbeat("entry", "remove", "for ada", *WHY)
    assert held() == {}
    add()

    leader.lead().look_at("for ada")
    assert leader.decide("for ada", leader.operator.now()).decision == "sent"
    assert told(hookbeat("entry", "show", "for ada", "--json"))["hold"] is None


def test_what_holds_others_stays(hookbeat, add, held, count):
    add()
    add("for bob")
    for target in ("for ada", "for bob", count):
        hookbeat("pause", target, *WHY)
    hookbeat("scheduler", "pause", *WHY)

    hookbeat("entry", "remove", "for ada", *WHY)

    assert set(held()) == {"for bob", count, "*"}


@pytest.fixture
def disabled(leader, hookbeat, add):  # noqa: ARG001 -- Redis is empty at first
    add()
    assert hookbeat("entry", "set", "for ada", "--disable", *WHY).exit_code == 0


@pytest.fixture
def removed_unheard(hookbeat, name, disabled, monkeypatch):  # noqa: ARG001 -- it comes first
    """It was removed while Redis was away."""
    with monkeypatch.context() as gone:
        gone.setenv("HOOKBEAT_REDIS_URL", "redis://127.0.0.1:1/0")
        # It has read where Redis is.
        gone.delitem(sys.modules, f"{name}_app")
        assert "a beat takes it up" in hookbeat("entry", "remove", "for ada", *WHY).output


@pytest.mark.usefixtures("removed_unheard")
def test_a_beat_tells_a_redis_that_was_away(leader, held, journal):
    assert set(held()) == {"for ada"}

    bring(leader.state, journal)

    assert held() == {}
    # So that the record knows it too, and who waits in a queue.
    [line] = [hold for hold in leader.state.read(100).holds if hold.until]
    assert "removed" in line.why


def test_a_removal_that_is_heard_of_again_frees_nothing_that_was_held_since(
    hookbeat, add, leader, held, journal
):
    add()
    hookbeat("entry", "remove", "for ada", *WHY)
    later = leader.operator.now() + timedelta(minutes=1)
    leader.operator.hold(
        Hold(
            target="for ada",
            kind=HoldKind.PAUSED,
            since=later,
            until=None,
            by="bob",
            why="the code declares it now",
            version=0,
        )
    )

    leader.state.redis.delete(leader.state.keys.defined, leader.state.keys.defined_upto)
    bring(leader.state, journal)

    assert set(held()) == {"for ada"}
