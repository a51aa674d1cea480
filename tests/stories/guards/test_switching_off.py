"""What people switch off does not start, and the record says why, told on one house.

Read from top to bottom: each test is a promise. `house.takes(entry)` is a worker that takes a run
of that entry from its queue; it says how the run ended. Nothing is restarted in between.
"""

import pytest

from beat_schedule.runs.gate import Held
from beat_schedule.settings import Settings
from beat_schedule.store.models import Trigger
from beat_schedule.testing import ManualClock
from tests.stories.guards.house import House


def test_a_feature_that_is_switched_off_keeps_the_next_run_from_starting(house):
    assert house.takes("close") == "succeeded"

    house.hookbeat("feature", "off", "CLOSE_SHOP", "--why", "stocktaking", "--by", "ada")
    assert house.takes("close") == "skipped: feature CLOSE_SHOP is off"

    house.hookbeat("feature", "on", "CLOSE_SHOP", "--why", "done", "--by", "ada")
    assert house.takes("close") == "succeeded"
    assert house.ran == ["close", "close"]


def test_who_asks_why_it_did_not_run_is_told(house):
    house.hookbeat("feature", "off", "CLOSE_SHOP", "--why", "stocktaking", "--by", "ada")
    house.takes("close")

    [run] = house.runs()
    assert (run["outcome"], run["reason"]) == ("skipped", "feature CLOSE_SHOP is off")
    assert "feature CLOSE_SHOP is off" in house.hookbeat("runs")
    assert "feature CLOSE_SHOP is off" in house.hookbeat("logs", str(run["id"]))
    assert "off since" in house.hookbeat("feature", "show", "CLOSE_SHOP")
    assert "by ada: stocktaking" in house.hookbeat("feature", "show", "CLOSE_SHOP")


def test_a_slip_in_the_name_of_a_feature_runs_nothing_rather_than_everything(house):
    assert house.takes("misspelt").startswith("skipped: feature CLOSE_SHPO is unknown")

    assert "did you mean 'CLOSE_SHOP'?" in house.hookbeat("check")


def test_one_switch_stops_the_whole_schedule_but_not_who_asks_by_hand(house):
    house.hookbeat("feature", "off", "ENABLE_ALL_CRON", "--why", "incident", "--by", "ada")

    for key in ("close", "backup", "titelive"):
        assert house.takes(key) == "skipped: feature ENABLE_ALL_CRON is off"
    assert house.takes("close", Trigger.MANUAL) == "succeeded"


def test_another_stops_what_synchronises_all_day_and_leaves_the_nightly_jobs(house):
    house.hookbeat("feature", "off", "ENABLE_RECURRENT_CRON", "--why", "indexes", "--by", "ada")

    assert house.takes("titelive") == "skipped: feature ENABLE_RECURRENT_CRON is off"
    assert house.takes("close") == "succeeded"


def test_what_is_in_the_queue_when_its_entry_is_paused_does_not_start(house):
    house.hookbeat("pause", "close", "--why", "deploy", "--by", "ada")

    assert house.takes("close") == "skipped: paused by ada: deploy"
    assert house.takes("close", Trigger.MANUAL) == "skipped: paused by ada: deploy"
    assert house.takes("backup") == "succeeded"

    house.hookbeat("resume", "close")
    assert house.takes("close") == "succeeded"


def test_a_pause_of_everything_spares_nothing(house):
    house.hookbeat("scheduler", "pause", "--why", "move", "--by", "ada")

    assert house.takes("close") == "skipped: paused by ada: move"
    assert house.takes("backup") == "skipped: paused by ada: move"


def test_who_skips_the_next_due_time_does_not_lose_what_was_sent_before(house):
    house.hookbeat("skip", "close", "--by", "ada")

    assert house.takes("close") == "succeeded"


def test_what_is_for_production_does_not_run_on_a_test_system(house):
    assert house.takes("invoice") == "skipped: runs only in production, this is testing"


def test_maintenance_stops_all_but_what_goes_on_in_it(house):
    said = house.hookbeat("maintenance", "on", "--why", "migration", "--by", "ada")
    assert "goes on: backup" in said

    outcome, _, reason = house.takes("close").partition(": ")
    assert outcome == "skipped"
    assert reason.startswith("maintenance since ")
    assert reason.endswith(" by ada: migration")
    assert house.takes("backup") == "succeeded"

    house.hookbeat("maintenance", "off")
    assert house.takes("close") == "succeeded"


def test_force_goes_over_everything(house):
    house.hookbeat("pause", "invoice", "--by", "ada")
    house.hookbeat("maintenance", "on", "--why", "migration", "--by", "ada")

    assert house.takes("invoice", Trigger.MANUAL, forced=True) == "succeeded"


def test_with_several_reasons_that_of_a_person_comes_first(house):
    house.hookbeat("feature", "off", "CLOSE_SHOP", "--why", "x", "--by", "ada")
    house.hookbeat("maintenance", "on", "--why", "migration", "--by", "ada")
    assert house.takes("close") == "skipped: feature CLOSE_SHOP is off"

    house.hookbeat("pause", "close", "--by", "bob")
    assert house.takes("close") == "skipped: paused by bob"


@pytest.mark.usefixtures("house")
def test_while_the_switches_cannot_be_asked_nothing_starts_and_nothing_is_lost(tmp_path, name):
    settings = Settings.read().model_copy(
        update={"database_url": Settings(database_url=f"sqlite:///{tmp_path}/away.db").database_url}
    )
    away = House(settings, name, ManualClock())

    verdict = away.carry_out(away.opening("close"))

    # Its message goes back into the queue.
    assert isinstance(verdict, Held)
    assert away.ran == []
    away.worker.release()
