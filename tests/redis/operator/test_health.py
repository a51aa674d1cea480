"""What a supervisor asks of the beat and the worker of its machine."""

import socket
from datetime import timedelta

import pytest

from beat_schedule.workers import WorkerCard

HERE = socket.gethostname()


def test_a_beat_that_stands_by_is_healthy(hookbeat, leader):
    leader.lead().advance(behind=timedelta(minutes=5))
    leader.stand_by("web2-9-cd", host=HERE)

    done = hookbeat("health", "beat")

    assert (done.exit_code, done.output) == (0, "it is at work\n")


def test_a_leader_whose_passes_stand_still_is_not(hookbeat, leader):
    leader.lead(host=HERE).advance(behind=timedelta(minutes=2))

    done = hookbeat("health", "beat")

    assert done.exit_code == 1
    assert "its last pass was 12" in done.output


def test_a_beat_of_another_machine_says_nothing_of_this_one(hookbeat, leader):
    leader.lead().advance()

    assert hookbeat("health", "beat").exit_code == 1
    assert hookbeat("health", "beat", "--host", "web1-7-ab").exit_code == 0


def test_a_beat_that_is_to_stand_for_some_clocks_stands_for_each_of_them(
    hookbeat, leader, leader_of, monkeypatch
):
    leader.lead(host=HERE).advance()
    monkeypatch.setenv("HOOKBEAT_CLOCKS", "main,booking")

    done = hookbeat("health", "beat")
    assert done.exit_code == 1
    assert done.output.endswith("shows itself that stands for the clock booking\n")

    leader_of("booking").stand_by("web1-8-ab", host=HERE)
    assert hookbeat("health", "beat").exit_code == 0


def test_a_worker_is_healthy_while_it_shows_itself(hookbeat, workers):
    workers.show("celery@here", WorkerCard(host=HERE))
    assert hookbeat("health", "worker").exit_code == 0

    workers.leave("celery@here")
    workers.show("celery@there", WorkerCard(host="web9"))

    done = hookbeat("health", "worker")
    assert (done.exit_code, done.output) == (1, f"no worker on {HERE} shows itself\n")


@pytest.mark.parametrize("what", ["beat", "worker"])
def test_without_redis_nothing_is_healthy_and_it_says_why(hookbeat, away, what):
    away()

    done = hookbeat("health", what, "--json")

    assert done.exit_code == 1
    assert '"is_healthy": false' in done.output
    assert "cannot be reached" in done.output
