"""The task that the document of pass Culture prints, with all three decorators, in this house."""

import logging
import sys

import pytest

from beat_schedule.store.models import Trigger

KEY = "titelive"


@pytest.fixture
def lines(caplog):
    """The standard lines since last asked, without how long it took."""
    caplog.set_level(logging.INFO, logger="hookbeat.cron")

    def lines():
        said = [each.getMessage() for each in caplog.records if each.name == "hookbeat.cron"]
        caplog.clear()
        return [line.partition(" duration=")[0] for line in said]

    return lines


def said(status):
    return f"type=cron name=synchronize_titelive_stocks status={status}"


def test_it_runs_with_its_context_and_tells_when_it_began_and_ended(house, lines):
    assert house.takes(KEY) == "succeeded"

    assert lines() == [said("started"), said("ended")]
    [run] = house.runs()
    assert run["counts"] == {"stocks": 3}
    assert said("ended") in house.hookbeat("logs", str(run["id"]))


def test_with_its_feature_off_it_is_skipped_and_never_told_as_ended(house, lines):
    house.hookbeat("feature", "off", "SYNCHRONIZE_TITELIVE", "--why", "quota", "--by", "ada")

    assert house.takes(KEY) == "skipped: feature SYNCHRONIZE_TITELIVE is off"

    assert lines() == [said("skipped")]
    assert house.ran == []
    assert house.takes(KEY, Trigger.MANUAL) == "skipped: feature SYNCHRONIZE_TITELIVE is off"


def test_whatever_keeps_it_from_starting_is_told_in_the_same_line(house, lines):
    house.hookbeat("pause", KEY, "--by", "ada")

    assert house.takes(KEY) == "skipped: paused by ada"

    assert lines() == [said("skipped")]


def test_a_plain_call_of_the_celery_task_heeds_the_feature_of_the_function(house, lines):
    house.hookbeat("feature", "off", "SYNCHRONIZE_TITELIVE", "--why", "quota", "--by", "ada")

    assert house.takes(KEY, Trigger.CALL) == "skipped: feature SYNCHRONIZE_TITELIVE is off"

    assert lines() == [said("skipped")]


def test_a_plain_call_in_a_shell_heeds_it_too(house, name, lines):
    function = sys.modules[f"{name}_tasks"].synchronize_titelive_stocks
    house.hookbeat("feature", "off", "SYNCHRONIZE_TITELIVE", "--why", "quota", "--by", "ada")

    assert function() is None

    assert lines() == [said("skipped")]
    assert house.ran == []


def test_the_check_asks_for_a_feature_of_each_entry_and_finds_that_of_the_function(house):
    told = house.hookbeat("check", "--require-feature")

    assert "['5m']" not in told
    assert "['daily'][1]: requires no feature" in told
    assert "['daily'][2]: requires no feature" in told
