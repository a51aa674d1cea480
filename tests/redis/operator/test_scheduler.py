"""Everything held at once, and what is known while Redis is away."""

from datetime import UTC, datetime

import pytest

from beat_schedule.decisions import Checkpoint, Hold, HoldKind, Owed
from tests.desk import told


def test_the_whole_scheduler_can_be_paused_and_says_which_switch_holds(hookbeat, leader, count):
    leader.lead().look_at(count)
    assert hookbeat("scheduler", "status").exit_code == 0

    hookbeat("scheduler", "pause", "--by", "ada", "--reason", "move", "--for", "2h")
    hookbeat("pause", count, "--by", "bob")

    done = hookbeat("scheduler", "status")
    assert done.exit_code == 1
    assert "the scheduler is paused by ada since" in done.output
    assert "Z: move\n" in done.output
    assert count in done.output
    assert leader.decide(count, leader.operator.now()).reason == "paused by ada: move"
    assert "but the scheduler is paused by ada" in hookbeat("resume", count).output
    assert "the scheduler goes on" in hookbeat("scheduler", "resume").output
    assert told(hookbeat("scheduler", "status", "--json")) == {
        "known_from": "redis",
        "away": None,
        "running": True,
        "holds": [],
    }


def test_holds_are_known_from_the_record_while_redis_is_away(hookbeat, away, journal, count):
    now = datetime(2026, 5, 4, 12, tzinfo=UTC)
    holds = [
        Hold(target=each, kind=HoldKind.PAUSED, since=now, until=None, by="ada", why="", version=1)
        for each in ("*", count)
    ]
    owing = {count: Owed(due_at=now, why="broken queue")}
    journal.keep([], holds, Checkpoint(install="i", cursor=now, owing=owing))
    away()

    for words in (["scheduler", "status"], ["beats"], ["cursor"]):
        done = hookbeat(*words)
        assert done.exit_code == 1
        assert "cannot be reached" in done.output
        assert "what follows is on record" in done.output
        assert told(hookbeat(*words, "--json"))["known_from"] == "record"
    assert "the scheduler is paused by ada" in hookbeat("beats").output
    assert count in hookbeat("scheduler", "status").output
    assert "2026-05-04 12:00:00Z" in hookbeat("cursor").output
    assert "broken queue" in hookbeat("cursor").output
    assert hookbeat("pause", count).exit_code == 1


def test_with_nothing_up_both_are_told(hookbeat, away, tmp_path, monkeypatch):
    away()
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path}/no.db")

    done = hookbeat("scheduler", "status")

    assert done.exit_code == 1
    assert "cannot be reached" in done.output
    assert "the record does not know either" in done.output


def test_without_the_database_everything_but_the_record_is_at_hand(
    hookbeat, leader, count, tmp_path, monkeypatch
):
    leader.lead().advance()
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path}/no.db")

    for words in (["beats"], ["cursor"], ["pause", count], ["resume", count], ["skip", count]):
        done = hookbeat(*words)
        assert done.exit_code == 0, done.output
    assert hookbeat("scheduler", "status").exit_code == 0
    assert "run `hookbeat migrate`" in hookbeat("decisions").output


@pytest.mark.parametrize("words", [["beats"], ["scheduler", "pause"], ["cursor"], ["skip"]])
def test_help_always_helps(hookbeat, words, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_TIMEZONE", "Mars")

    assert hookbeat(*words, "--help").exit_code == 0
