"""Entries that failed, and are no more: nobody is woken for them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from beat_schedule.store.models import Outcome
from tests.desk import told
from tests.recorded import a_run, keep

GONE = "tasks.shop.close@daily"


@pytest.fixture
def failed(well, sessions):
    """Of these entries the last runs failed."""

    def failed(*entries):
        at = well.operator.now()
        keep(sessions, *(a_run(at, Outcome.FAILED, entry, error="Error: no") for entry in entries))

    return failed


def failing(hookbeat):
    """What `status`, `doctor` and the metrics say is failing; all of them say the same."""
    numbers = {
        sample.labels["entry"]
        for family in text_string_to_metric_families(hookbeat("metrics", "--once").stdout)
        for sample in family.samples
        if sample.name == "hookbeat_entry_failing" and sample.value
    }
    for command in ("status", "doctor"):
        problems = told(hookbeat(command, "--json"))["problems"]
        failed = {each["place"] for each in problems if "its last run failed" in each["reason"]}
        assert failed == numbers
    return numbers


def test_a_retired_entry_is_failing_no_longer(hookbeat, well, count, failed):
    well.look_at(count)
    well.look_at(GONE)
    failed(count, GONE)
    assert failing(hookbeat) == {count, GONE}

    well.state.retire(well.grant, [count])

    assert failing(hookbeat) == {count}


def test_an_entry_that_came_back_is_failing_again(hookbeat, well, failed):
    well.look_at(GONE)
    failed(GONE)
    well.state.retire(well.grant, [])
    assert failing(hookbeat) == set()

    well.look_at(GONE)

    assert failing(hookbeat) == {GONE}


def test_an_entry_of_another_clock_is_no_less_there(hookbeat, well, count, failed, leader_of):
    booking = leader_of("booking").lead("web3-1-ef")
    booking.look_at("booking.close")
    well.look_at(count)
    failed("booking.close", GONE)

    assert failing(hookbeat) == {"booking.close"}


def test_where_redis_knows_no_entry_or_is_away_none_is_left_out(hookbeat, well, failed, away):
    failed(GONE)
    assert failing(hookbeat) == {GONE}
    well.look_at(GONE)
    well.state.retire(well.grant, [])

    away()

    assert failing(hookbeat) == {GONE}
