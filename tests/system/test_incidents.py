"""A bad night, with real processes: each incident is found by `status` or `doctor`, told by `why`.

One after the other in one installation, as an operator would meet them.
"""

import json
import signal

import pytest

from tests.system.test_remote import JOB

TRACE = "jobs.trace@every:15s"
SLOW = "waiting.wait_for_the_test@yearly"

HOOKS = (
    'trace = {"task": "jobs.trace", "overlap": "allow"}\n'
    'slow = {"task": "waiting.wait_for_the_test", "queue": "long", "timeout": "1s"}\n'
    'scheduler_events = {"every": {"15s": [trace]}, "yearly": [slow]}\n'
)

#: A pool of threads ends no run that takes too long.
WORKER = ("celery", "-A", "worker", "worker", "-P", "threads", "-c", "2", "--loglevel=INFO")


class Night:
    """What the operator types, and what he reads."""

    def __init__(self, house, wait_until):
        self.house = house
        self.wait_until = wait_until

    def problems(self, what):
        said = json.loads(self.house.run("hookbeat", what, "--json", check=False).stdout)
        return "\n".join(f"{each['place']}: {each['reason']}" for each in said["problems"])

    def finds(self, what, words, within=60):
        self.wait_until(lambda: words in self.problems(what), within=within)

    def hears(self, words, entry=TRACE, within=90):
        def told():
            return self.house.run("hookbeat", "why", entry, check=False).stdout

        self.wait_until(lambda: words in " ".join(told().split()), within=within)


@pytest.fixture
def night(installation, wait_until):
    """A beat that leads, and a worker for the queue `long` alone."""
    installation.write("waiting.py", JOB)
    installation.write("hooks.py", HOOKS)
    night = Night(installation, wait_until)
    night.beat = installation.start_beat()
    night.worker = installation.start(*WORKER, "-Q", "long", "-n", "long@here")
    wait_until(lambda: "lease.taken" in night.beat.said, within=60)
    wait_until(lambda: "ready." in night.worker.said, within=60)
    return night


def test_each_incident_of_a_bad_night_is_found_and_explained(night):
    a_queue_without_a_worker(night)
    a_redis_that_may_forget(night)
    a_pause(night)
    a_task_that_hangs(night)
    a_bad_deploy(night)
    a_leader_that_is_killed(night)
    a_redis_that_is_away(night)


def a_queue_without_a_worker(night):
    night.finds("status", "queue default: ")
    assert "waiting, and no worker takes it" in night.problems("status")
    night.hears("it was sent, and no worker has taken it yet")
    night.hears("no living worker takes from it")

    other = night.house.start(*WORKER, "-Q", "default", "-n", "default@here")
    night.wait_until(lambda: "ready." in other.said, within=60)
    night.hears("it ran and succeeded")


def a_redis_that_may_forget(night):
    with night.house.client() as redis:
        redis.config_set("appendonly", "no")
    night.finds("doctor", "redis: it may forget what waits in the queues when it restarts")


def a_pause(night):
    night.house.run("hookbeat", "pause", TRACE, "--by", "ada", "--why", "deploy")
    night.hears("it was skipped: paused by ada: deploy")
    night.hears(f"hookbeat resume {TRACE}")
    night.house.run("hookbeat", "resume", TRACE)


def a_task_that_hangs(night):
    night.house.run("hookbeat", "run", SLOW)
    night.finds("doctor", "is under way since", within=120)
    night.hears("longer than its limit of 1 second", SLOW)
    night.hears("hookbeat cancel", SLOW)


def a_bad_deploy(night):
    night.house.write("hooks.py", HOOKS.replace("jobs.trace", "jobs.tarce"))
    night.finds("doctor", "module 'jobs' has no 'tarce'")
    assert "broken: hooks.py" in night.house.run("hookbeat", "why", TRACE, check=False).stderr
    night.house.write("hooks.py", HOOKS)


def a_leader_that_is_killed(night):
    night.beat.signal(signal.SIGKILL)
    night.finds("status", "beats: nobody leads: ")
    night.hears("nobody leads: nothing is sent until a beat does")


def a_redis_that_is_away(night):
    night.house.redis.kill()
    night.finds("status", "reach: Redis at ")
    night.hears("Redis does not answer: if it is so for the beats, nothing is sent")
