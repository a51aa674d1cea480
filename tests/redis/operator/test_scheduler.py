"""Everything held at once, and what is known while Redis is away."""

from datetime import UTC, datetime

import pytest

from beat_schedule.decisions import Checkpoint, Hold, HoldKind, Owed
from tests.desk import told


def test_the_whole_scheduler_can_be_paused_and_says_which_switch_holds(hookbeat, leader, count):
    leader.lead().look_at(count)
    assert hookbeat("scheduler", "status").exit_code == 0

    hookbeat("scheduler", "pause", "--by", "ada", "--why", "move", "--for", "2h")
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
        "switches": [],
        "features_unknown": None,
        "holds": [],
        "health": {"level": "notice", "last_pass_at": None, "age": None},
        "passed": None,
    }


def test_what_is_disabled_no_resume_lets_go_but_enabling_it_does(hookbeat, leader, count):
    leader.lead().look_at(count)
    hookbeat("scheduler", "pause", "--by", "bob", "--for", "2h")

    hookbeat("scheduler", "disable", "--by", "ada", "--why", "moved to web2")

    done = hookbeat("scheduler", "status")
    assert done.exit_code == 1
    assert "the scheduler is disabled by ada since" in done.output
    assert "Z: moved to web2\nlet it go: hookbeat scheduler enable\n" in done.output
    assert leader.decide(count, leader.operator.now()).reason == "disabled by ada: moved to web2"
    for words in (["resume"], ["pause"]):
        refused = hookbeat("scheduler", *words)
        assert refused.exit_code == 1
        assert "that is no pause (hookbeat scheduler enable)" in refused.output
    assert "the scheduler goes on" in hookbeat("scheduler", "enable").output
    assert hookbeat("scheduler", "status").exit_code == 0
    assert "nothing held the scheduler" in hookbeat("scheduler", "enable").output


def test_enabling_ends_a_pause_too_and_disabling_again_only_says_why_anew(hookbeat):
    hookbeat("scheduler", "pause", "--by", "ada")
    assert "the scheduler goes on" in hookbeat("scheduler", "enable").output

    first = told(hookbeat("scheduler", "disable", "--why", "a", "--json"))
    second = told(hookbeat("scheduler", "disable", "--why", "b", "--json"))

    assert (first["why"], second["why"]) == ("a", "b")
    assert first["since"] == second["since"]
    assert (second["kind"], second["until"]) == ("disabled", None)


def test_maintenance_and_disabling_do_not_hide_each_other(hookbeat):
    hookbeat("maintenance", "on", "--why", "migration")
    for words in (["disable"], ["enable"]):
        refused = hookbeat("scheduler", *words)
        assert refused.exit_code == 1
        assert "that comes first (hookbeat maintenance off)" in refused.output
    hookbeat("maintenance", "off")
    hookbeat("scheduler", "disable")

    for words in (["on", "--why", "migration"], ["off"]):
        refused = hookbeat("maintenance", *words)
        assert refused.exit_code == 1
        assert "that is no maintenance (hookbeat scheduler enable)" in refused.output


FEATURES = """
import enum

class Toggle(enum.Enum):
    ENABLE_ALL_CRON = "everything"
    ENABLE_RECURRENT_CRON = "what comes often"
"""


@pytest.fixture
def features(hookbeat, project, name, monkeypatch):  # noqa: ARG001 -- which forgets settings
    (project / f"{name}_features.py").write_text(FEATURES)
    monkeypatch.setenv("HOOKBEAT_FEATURES", f"{name}_features:Toggle")


@pytest.mark.usefixtures("features")
def test_a_feature_of_the_whole_schedule_without_its_row_holds_and_is_named(hookbeat):
    told_before = told(hookbeat("scheduler", "status", "--json"))
    hookbeat("migrate")

    assert [(each["name"], each["cure"]) for each in told_before["switches"]] == [
        ("ENABLE_ALL_CRON", "hookbeat migrate"),
        ("ENABLE_RECURRENT_CRON", "hookbeat migrate"),
    ]
    assert told_before["running"] is False
    assert told(hookbeat("scheduler", "status", "--json"))["switches"] == []


@pytest.mark.usefixtures("features")
def test_a_feature_that_no_enum_declares_any_more_holds_nothing(hookbeat, monkeypatch):
    hookbeat("migrate")
    hookbeat("feature", "off", "ENABLE_ALL_CRON", "--why", "fire")
    assert told(hookbeat("scheduler", "status", "--json"))["running"] is False

    monkeypatch.delenv("HOOKBEAT_FEATURES")

    assert told(hookbeat("scheduler", "status", "--json"))["running"] is True


@pytest.mark.usefixtures("features")
def test_without_the_record_it_says_that_features_are_not_known(hookbeat, tmp_path, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path}/no.db")

    done = hookbeat("scheduler", "status")

    assert "whether features hold is not known: " in done.output


@pytest.mark.usefixtures("features")
def test_the_status_names_features_and_places_that_hold(hookbeat, monkeypatch):
    hookbeat("migrate")
    hookbeat("feature", "off", "ENABLE_RECURRENT_CRON", "--by", "ada", "--why", "indexes")

    part = hookbeat("scheduler", "status")
    assert part.exit_code == 0
    assert "feature ENABLE_RECURRENT_CRON is off by ada (indexes)" in part.output
    assert "the scheduler is not held" in part.output

    hookbeat("feature", "off", "ENABLE_ALL_CRON", "--by", "ada", "--why", "fire")
    whole = hookbeat("scheduler", "status")
    assert whole.exit_code == 1
    assert "off by ada (fire): nothing runs on schedule\nlet it go: hookbeat feature on" in (
        whole.output
    )
    hookbeat("feature", "on", "ENABLE_ALL_CRON", "--why", "out")

    monkeypatch.setenv("HOOKBEAT_PRODUCTION_GUARD", "true")
    monkeypatch.setenv("HOOKBEAT_ENVIRONMENT", "staging")
    guarded = told(hookbeat("scheduler", "status", "--json"))
    assert guarded["running"] is False
    assert [each["name"] for each in guarded["switches"]] == [
        "HOOKBEAT_PRODUCTION_GUARD",
        "ENABLE_RECURRENT_CRON",
    ]
    assert "3 of 3 entries do not run in staging" in guarded["switches"][0]["words"]


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
