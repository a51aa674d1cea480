"""What a worker is asked for by `celery control` counts as operators have it."""

import json
from types import SimpleNamespace

import pytest

from beat_schedule import remote
from beat_schedule.apps import app_named
from tests.desk import PREFIX


@pytest.fixture
def worker(hookbeat, name):
    """A worker, as Celery hands it to what it is asked for."""
    assert hookbeat("migrate").exit_code == 0
    return SimpleNamespace(app=app_named(f"{name}_app"), hostname="one@here")


def queued(client, queue):
    texts = client.lrange(f"{PREFIX}{queue}", 0, -1)
    return [json.loads(text)["headers"]["hookbeat_entry"] for text in texts]


def test_a_run_goes_to_the_queue_that_an_operator_named(hookbeat, worker, count, redis_client):
    done = hookbeat("entry", "set", count, "--queue", "long", "--why", "backlog")
    assert done.exit_code == 0, done.output

    assert "was sent" in remote.run_entry(worker, count)["ok"]
    assert queued(redis_client, "long") == [count]


def test_an_entry_made_at_run_time_is_run_and_paused(hookbeat, worker, name, redis_client):
    made = ("extra", "--task", f"{name}_tasks.count", "--every", "1h", "--why", "she asked")
    assert hookbeat("entry", "add", *made).exit_code == 0

    assert "was sent" in remote.run_entry(worker, "extra")["ok"]
    assert queued(redis_client, "default") == ["extra"]
    assert "is paused" in remote.pause(worker, "extra")["ok"]
