"""Maintenance from the command line, and how it stands beside pauses."""

from datetime import datetime, timedelta

import pytest

from beat_schedule.decisions import EVERYTHING, Decision, HoldKind
from tests.desk import told


def test_in_maintenance_nothing_is_sent_and_the_reason_says_who_and_why(hookbeat, leader, count):
    leader.lead().look_at(count)

    done = hookbeat("maintenance", "on", "--by", "ada", "--why", "migration")

    assert done.exit_code == 0, done.output
    assert "the scheduler is in maintenance by ada since" in done.output
    assert "let it go: hookbeat maintenance off" in done.output
    line = leader.decide(count, leader.operator.now())
    assert (line.decision, line.reason) == (Decision.SKIPPED, "maintenance by ada: migration")


def test_it_tells_what_goes_on(hookbeat, project, name):
    hooks = project / f"{name}_hooks.py"
    hooks.write_text(
        f"scheduler_events = {{'hourly': [{{'task': '{name}_tasks.count', "
        "'even_in_maintenance': True}]}"
    )

    begun = told(hookbeat("maintenance", "on", "--why", "migration", "--json"))

    assert begun["goes_on"] == [f"{name}_tasks.count@hourly"]
    assert begun["kind"] == "maintenance"


def test_when_it_is_over_all_goes_on(hookbeat, leader):
    hookbeat("maintenance", "on", "--why", "migration", "--by", "ada")

    done = hookbeat("maintenance", "off", "--by", "bob")

    assert (done.exit_code, done.output) == (
        0,
        "the scheduler goes on: from now on what is due is sent\n",
    )
    [hold] = leader.operator.look().holds
    assert hold.until is not None
    assert hold.why == "migration; ended by bob"
    assert told(hookbeat("scheduler", "status", "--json"))["running"]
    assert "was not in maintenance" in hookbeat("maintenance", "off").output
    assert told(hookbeat("maintenance", "off", "--json")) == {"ended": None}


def test_it_may_end_by_itself_and_be_made_longer(hookbeat):
    begun = told(hookbeat("maintenance", "on", "--why", "a", "--for", "2h", "--json"))
    longer = told(hookbeat("maintenance", "on", "--why", "b", "--for", "4h", "--json"))

    since, until = (datetime.fromisoformat(begun[name]) for name in ("since", "until"))
    assert until - since == timedelta(hours=2)
    assert (longer["since"], longer["why"]) == (begun["since"], "b")
    assert longer["until"] > begun["until"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["on"], "Missing option '--why'"),
        (["on", "--why", "x", "--until", "2020-01-01"], "is past: by Redis's clock it is 20"),
        (["on", "--why", "x", "--for", "2h", "--until", "2999-01-01"], "not both"),
    ],
)
def test_what_makes_no_sense_is_misuse(hookbeat, words, complaint):
    done = hookbeat("maintenance", *words)

    assert done.exit_code == 2
    assert complaint in done.output


def test_a_pause_of_everything_and_maintenance_keep_out_of_each_others_way(hookbeat, leader):
    hookbeat("scheduler", "pause", "--by", "ada", "--why", "deploy")

    for word in (["on", "--why", "x"], ["off"]):
        done = hookbeat("maintenance", *word)
        assert done.exit_code == 1
        assert "everything is paused by ada: deploy; that is no maintenance" in done.output
        assert "hookbeat scheduler resume" in done.output

    hookbeat("scheduler", "resume")
    hookbeat("maintenance", "on", "--why", "migration", "--by", "ada")
    for words in (["scheduler", "pause"], ["scheduler", "resume"]):
        done = hookbeat(*words)
        assert done.exit_code == 1
        assert "everything is in maintenance by ada: migration; that is no pause" in done.output
        assert "hookbeat maintenance off" in done.output
    [hold] = leader.operator.look().holds
    assert (hold.target, hold.kind, hold.until) == (EVERYTHING, HoldKind.MAINTENANCE, None)


def test_the_status_says_how_to_let_it_go(hookbeat):
    hookbeat("maintenance", "on", "--why", "migration", "--by", "ada")

    done = hookbeat("scheduler", "status")

    assert done.exit_code == 1
    assert "the scheduler is in maintenance by ada" in done.output
    assert "let it go: hookbeat maintenance off" in done.output


def test_it_is_on_record_at_once(hookbeat, journal):
    hookbeat("maintenance", "on", "--why", "migration", "--by", "ada")

    [hold] = journal.holds()

    assert (hold.target, hold.kind, hold.by) == (EVERYTHING, HoldKind.MAINTENANCE, "ada")


def test_without_redis_nothing_can_be_held(hookbeat, away):
    away()

    done = hookbeat("maintenance", "on", "--why", "migration")

    assert done.exit_code == 1
    assert "cannot be reached" in done.output
