"""`hookbeat pending`: what is to run and does not yet."""

from datetime import timedelta

import pytest

from beat_schedule.actions import queued
from beat_schedule.actions.queued import messages_in
from beat_schedule.dispatch.values import Owing
from tests.desk import PREFIX, told
from tests.store.decided import sent


def test_messages_are_counted_by_queue_entry_and_task(hookbeat, count, name, redis_client):
    for _ in range(2):
        hookbeat("run", f"{name}_tasks.beside")
    hookbeat("run", count)
    redis_client.lpush(f"{PREFIX}long", "no message")

    found = told(hookbeat("pending", "--json"))

    rows = {(each["queue"], each["entry"], each["task"]): each for each in found["queued"]}
    assert {what: each["messages"] for what, each in rows.items()} == {
        ("default", f"{name}_tasks.beside@hourly", f"{name}_tasks.beside"): 2,
        ("default", count, f"{name}_tasks.count"): 1,
        ("long", None, None): 1,
    }
    assert 0 <= rows["default", count, f"{name}_tasks.count"]["age"] < timedelta(minutes=1).seconds
    assert rows["long", None, None]["age"] is None
    assert "nobody can read it" in hookbeat("pending").output


def test_messages_of_every_priority_are_seen(hookbeat, project, name):
    (project / f"{name}_hooks.py").write_text(
        f'scheduler_events = {{"hourly": [{{"task": "{name}_tasks.tidy", "priority": 9}}]}}'
    )
    hookbeat("run", f"{name}_tasks.tidy")

    [found] = told(hookbeat("pending", "--json"))["queued"]

    assert (found["entry"], found["messages"]) == (f"{name}_tasks.tidy@hourly", 1)


def test_what_was_sent_and_what_is_owed_is_told(hookbeat, leader, journal, count):
    journal.keep([sent(entry=count)], [], None)
    leader.lead().look_at(count)
    now = leader.operator.now()
    leader.advance(owing={count: Owing(now, now, "no worker knows the task")})

    done = hookbeat("pending")
    found = told(hookbeat("pending", "--json"))

    assert done.exit_code == 0, done.output
    assert "no message waits in a queue" in done.output
    assert [each["entry"] for each in found["sent_and_not_started"]] == [count]
    assert [(each["entry"], each["why"]) for each in found["owing"]] == [
        (count, "no worker knows the task")
    ]
    assert "no worker knows the task" in done.output


def test_without_redis_it_tells_what_is_on_record(hookbeat, away, journal, count):
    journal.keep([sent(entry=count)], [], None)
    away()

    done = hookbeat("pending", "--json")

    found = told(done)
    assert done.exit_code == 1
    assert (found["queued"], found["owing"]) == (None, None)
    assert [each["due_times"] for each in found["sent_and_not_started"]] == [1]
    assert "cannot be reached" in hookbeat("pending").output


def test_without_the_database_it_tells_what_is_in_redis(hookbeat, count, tmp_path, monkeypatch):
    hookbeat("run", count)
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")

    done = hookbeat("pending", "--json")

    found = told(done)
    assert (done.exit_code, len(found["queued"]), len(found["away"])) == (1, 1, 1)
    assert found["sent_and_not_started"] is None


@pytest.mark.usefixtures("hookbeat")
def test_a_long_queue_is_read_in_pages_while_more_is_put_there(redis_client, monkeypatch):
    monkeypatch.setattr(queued, "PAGE", 3)
    for number in range(8):
        redis_client.lpush(f"{PREFIX}default", number)

    found = []
    for message in messages_in(redis_client, PREFIX, ["default"]):
        if not found:
            redis_client.lpush(f"{PREFIX}default", "another")
        found.append(int(message.text))

    assert found == [7, 6, 5, 4, 3, 2, 1, 0]
