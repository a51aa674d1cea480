"""Runs that people ask for: by a worker, unless they are held or in the way of another."""

import json
import uuid
from datetime import datetime, timedelta

from beat_schedule.actions.running import NOT_SENT_AGAIN
from beat_schedule.decisions import Decision
from beat_schedule.dispatch.pushes import Push
from beat_schedule.policies import Policy
from tests.desk import PREFIX, told


def test_a_run_by_hand_has_an_id_of_its_own_and_says_so(hookbeat, leader, count, redis_client):
    done = told(hookbeat("run", count, "--kwargs", '{"kind": "fines"}', "--json"))

    [message] = [json.loads(text) for text in redis_client.lrange(f"{PREFIX}default", 0, -1)]
    headers = message["headers"]
    assert headers["hookbeat_run"] == done["id"]
    assert headers["hookbeat_trigger"] == "manual"
    assert headers["hookbeat_entry"] == count
    assert abs(datetime.fromisoformat(headers["hookbeat_due_at"]) - leader.operator.now()) < (
        timedelta(seconds=30)
    )
    assert '"kind": "fines"' in message["headers"]["kwargsrepr"].replace("'", '"')
    assert leader.operator.last(count) is None


def test_a_run_by_hand_obeys_a_pause_unless_forced(hookbeat, count, redis_client):
    hookbeat("scheduler", "pause", "--by", "ada", "--why", "deploy")

    done = hookbeat("run", count)

    assert done.exit_code == 1
    assert "not sent: the scheduler is paused by ada since" in done.output
    assert "--force" in done.output
    assert told(hookbeat("run", count, "--json"))["held"]["by"] == "ada"
    assert redis_client.llen(f"{PREFIX}default") == 0
    assert hookbeat("run", count, "--force").exit_code == 0
    [message] = redis_client.lrange(f"{PREFIX}default", 0, -1)
    assert json.loads(message)["headers"]["hookbeat_forced"] is True


def test_a_run_by_hand_is_on_record_before_it_starts(hookbeat, name, redis_client):
    beside = f"{name}_tasks.beside"
    sent = told(hookbeat("run", beside, "--force", "--json"))["id"]

    [row] = told(hookbeat("runs", "--json"))
    stands = (row["id"], row["state"], row["attempt"], row["queue"])
    assert stands == (sent, "waiting", 0, "default")
    [message] = redis_client.lrange(f"{PREFIX}default", 0, -1)
    due_at = json.loads(message)["headers"]["hookbeat_due_at"]
    assert datetime.fromisoformat(row["due_at"]) == datetime.fromisoformat(due_at)
    assert "sent, and not started" in hookbeat("runs").output
    [left] = told(hookbeat("ready-for-migration", "--json"))["sent_and_not_started"]
    assert (left["id"], left["entry_is_gone"]) == (sent, False)
    # Also of an entry whose runs may overlap, which has no token.
    done = hookbeat("cancel", sent[:8], "--why", "not today")
    assert (done.exit_code, "its message will be dropped" in done.output) == (0, True)


def test_what_is_sent_while_the_record_is_away_is_on_record_when_it_starts(
    hookbeat, count, redis_client, monkeypatch, tmp_path
):
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")

    done = hookbeat("run", count)
    busy, beside = told(hookbeat("run", "--event", "hourly", "--json"))

    assert done.exit_code == 0, done.output
    assert "see how it goes once it has started: hookbeat logs" in done.output
    assert "until then it is not on record: the database cannot be used" in done.output
    assert (busy["id"], busy["unlisted"]) == (None, None)
    assert "no such table" in beside["unlisted"]
    assert redis_client.llen(f"{PREFIX}default") == 2


def test_a_run_that_nobody_forced_does_not_say_so(hookbeat, count, redis_client):
    hookbeat("run", count)

    [message] = redis_client.lrange(f"{PREFIX}default", 0, -1)
    assert "hookbeat_forced" not in json.loads(message)["headers"]


def test_a_run_in_this_process_obeys_what_the_record_knows_unless_forced(hookbeat, count):
    hookbeat("pause", count, "--by", "ada", "--why", "deploy")

    held = hookbeat("run", count, "--inline")
    forced = told(hookbeat("run", count, "--inline", "--force", "--json"))

    assert held.exit_code == 1
    assert "skipped" in held.output
    assert "paused by ada: deploy" in held.output
    assert forced["outcome"] == "succeeded"


def test_a_run_by_hand_is_no_due_time_to_be_skipped(hookbeat, count):
    hookbeat("skip", count)

    assert hookbeat("run", count).exit_code == 0


def test_a_second_run_waits_for_the_first_where_they_may_not_overlap(
    hookbeat, leader, count, name, redis_client
):
    first = told(hookbeat("run", count, "--json"))["id"]

    done = hookbeat("run", count)

    assert done.exit_code == 1
    assert f"run {first} of {count} waits or runs" in done.output
    assert told(hookbeat("run", count, "--force", "--json"))["overlap"] == first
    assert redis_client.llen(f"{PREFIX}default") == 1
    leader.lead().look_at(count)
    due = leader.decide(count, leader.operator.now())
    assert (due.decision, due.reason) == (Decision.SKIPPED, f"overlap with {first}")
    for _ in range(2):
        assert hookbeat("run", f"{name}_tasks.beside").exit_code == 0


def test_all_of_an_event_are_sent_but_those_that_are_held(hookbeat, count, name, redis_client):
    hookbeat("pause", count, "--by", "ada")

    done = hookbeat("run", "--event", "hourly")
    again = told(hookbeat("run", "--event", "hourly", "--json"))

    assert done.exit_code == 1
    assert f"{count}: not sent: {count} is paused by ada" in done.output
    assert f"{name}_tasks.beside@hourly: sent: run" in done.output
    assert [(each["entry"], each["id"] is None) for each in again] == [
        (count, True),
        (f"{name}_tasks.beside@hourly", False),
    ]
    assert redis_client.llen(f"{PREFIX}default") == 2


def test_all_entries_are_sent_and_a_queue_that_is_none_stops_no_other(hookbeat, redis_client):
    redis_client.set(f"{PREFIX}default", "no list")

    answers = told(hookbeat("run", "--all", "--json"))

    assert ["WRONGTYPE" in (each["error"] or "") for each in answers] == [True, True, False]
    assert redis_client.llen(f"{PREFIX}long") == 1


def test_an_event_without_entries_is_told_with_a_suggestion(hookbeat):
    done = hookbeat("run", "--event", "hourli")

    assert done.exit_code == 1
    assert "no entry has the event 'hourli'; did you mean 'hourly'?" in done.output


def test_a_task_of_the_app_that_has_no_entry_is_sent_by_its_name(
    hookbeat, project, name, redis_client
):
    with (project / f"{name}_app.py").open("a") as app:
        app.write("\n\n@app.task(name='shop.reindex', queue='long')\ndef reindex(shop): ...\n")

    done = hookbeat("run", "shop.reindex", "--kwargs", "shop=berlin")

    assert done.exit_code == 0, done.output
    assert "sent: its workers keep no record" in done.output
    [message] = [json.loads(text) for text in redis_client.lrange(f"{PREFIX}long", 0, -1)]
    assert message["headers"]["task"] == "shop.reindex"
    assert hookbeat("run", "shop.reindx").exit_code == 1


def test_a_task_class_that_has_no_entry_is_on_record_when_it_starts(
    hookbeat, project, name, redis_client, monkeypatch
):
    task = "from beat_schedule import Task\n\n\nclass Reindex(Task):\n    def handle(self): ...\n"
    (project / f"{name}_classes.py").write_text(task)
    monkeypatch.setenv("HOOKBEAT_AUTOLOAD", f"{name}_classes")

    sent = told(hookbeat("run", f"{name}_classes.Reindex", "--json"))

    # No beat knows it, so none could send it again.
    assert (sent["unlisted"], told(hookbeat("runs", "--json"))) == (NOT_SENT_AGAIN, [])
    assert redis_client.llen(f"{PREFIX}default") == 1


def test_a_run_whose_reply_was_lost_is_sent_once(leader, redis_client):
    run, pushes = str(uuid.uuid4()), [Push("LPUSH", "q", "{}")]
    for _ in range(2):
        asked = leader.operator.send("an entry", run, Policy(), pushes, force=False)
        assert (asked.held, asked.overlap) == (None, "")

    assert redis_client.llen("q") == 1


def test_a_queue_that_is_none_takes_no_run(hookbeat, count, redis_client):
    redis_client.set(f"{PREFIX}default", "no list")

    done = hookbeat("run", count)

    assert done.exit_code == 1
    assert "does not take it" in done.output
    assert "WRONGTYPE" in done.output
    assert redis_client.hlen(f"{PREFIX}hookbeat:main:active") == 0
