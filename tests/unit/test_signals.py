"""Signals: every receiver is told, and none of them breaks what tells it."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from beat_schedule.signals import RunInfo, Signal

RUN = RunInfo(
    id=uuid.UUID(int=7),
    entry="tasks.shop.close@daily",
    due_at=datetime(2026, 3, 10, tzinfo=UTC),
    attempt=1,
)
ENDED = replace(RUN, outcome="succeeded", counts={"sent": 3})


@pytest.fixture
def signal():
    return Signal("after_run")


def test_every_receiver_is_told_in_the_order_in_which_it_was_connected(signal):
    told = []

    @signal.connect
    def first(run):
        told.append(("first", run))

    signal.connect(lambda run: told.append(("second", run)))
    signal.send(ENDED)

    assert told == [("first", ENDED), ("second", ENDED)]


def test_a_receiver_is_told_once_however_often_it_was_connected_and_never_again(signal):
    told = []
    signal.connect(told.append)
    signal.connect(told.append)
    signal.send(ENDED)

    signal.disconnect(told.append)
    signal.send(ENDED)

    assert told == [ENDED]


def test_a_receiver_that_raises_is_logged_and_stops_nobody(signal, caplog):
    told = []

    @signal.connect
    def fail(_run):
        raise LookupError("no such member")

    signal.connect(told.append)
    signal.send(ENDED)

    assert told == [ENDED]
    assert "signal.failed signal='after_run' receiver=" in caplog.text
    assert "fail" in caplog.text
    assert "LookupError: no such member" in caplog.text


def test_the_end_of_the_time_of_a_run_is_the_runs_and_not_the_receivers(signal):
    @signal.connect
    def linger(_run):
        raise SoftTimeLimitExceeded(300)

    with pytest.raises(SoftTimeLimitExceeded):
        signal.send(RUN)


def test_the_end_of_its_time_changes_no_run_that_has_ended(signal, caplog):
    @signal.connect
    def linger(_run):
        raise SoftTimeLimitExceeded(300)

    signal.send(ENDED)

    assert "SoftTimeLimitExceeded" in caplog.text


def test_what_ends_the_process_ends_it(signal):
    @signal.connect
    def stop(_run):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        signal.send(ENDED)
