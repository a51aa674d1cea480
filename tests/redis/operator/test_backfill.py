"""`hookbeat backfill`: due times that are past, each once."""

import json
from datetime import datetime
from importlib import import_module

import pytest

from beat_schedule.actions import backfilling
from beat_schedule.entries import backfill_id
from beat_schedule.testing import ManualClock
from tests.desk import PREFIX, told
from tests.recorded import a_run, keep

COMMAND = "beat_schedule.cli.backfill"
SPAN = ("2026-03-10T00:00+00:00", "2026-03-10T03:00+00:00")
YES = (*SPAN, "--yes", "--json")
THE_DAY_BEFORE = (*(each.replace("10T", "09T") for each in SPAN), "--yes", "--json")


@pytest.fixture
def clock(monkeypatch):
    """Nobody waits for the rate."""
    clock = ManualClock(datetime.fromisoformat("2026-11-21T12:00+00:00"))
    monkeypatch.setattr(import_module(COMMAND), "SystemClock", lambda: clock)
    return clock


@pytest.fixture
def beside(name):
    return f"{name}_tasks.beside@hourly"


@pytest.fixture
def runs(redis_client):
    def runs():
        texts = redis_client.lrange(f"{PREFIX}default", 0, -1)
        return [json.loads(text)["headers"] for text in reversed(texts)]

    return runs


def test_each_due_time_is_sent_at_the_rate_and_last_stays(hookbeat, clock, beside, runs, leader):
    done = told(hookbeat("backfill", beside, *YES, "--rate", "30"))

    assert (done["sent"], done["known"], done["left"]) == (3, 0, 0)
    assert [each["hookbeat_due_at"][11:16] for each in runs()] == ["00:00", "01:00", "02:00"]
    assert clock.slept == [2.0, 2.0]
    assert leader.operator.last(beside) is None


def test_a_repeated_call_sends_nothing_twice(hookbeat, clock, beside, runs, sessions):
    due_at = datetime.fromisoformat(SPAN[0])
    keep(sessions, a_run(due_at, entry=beside, id=backfill_id(beside, due_at)))

    first, again = (told(hookbeat("backfill", beside, *YES)) for _ in range(2))

    assert ((first["sent"], first["known"]), (again["sent"], again["known"])) == ((2, 1), (0, 3))
    assert len(runs()) == 2
    assert clock.slept


@pytest.mark.usefixtures("clock")
def test_what_has_not_started_is_on_record_and_is_cancelled_as_any_run(
    hookbeat, beside, leader, redis_client
):
    leader.lead()
    hookbeat("backfill", beside, *YES)
    queued = told(hookbeat("runs", "--outcome", "waiting", "--json"))

    assert [each["due_at"][11:16] for each in queued] == ["02:00", "01:00", "00:00"]
    assert "sent, and not started" in hookbeat("logs", queued[0]["id"]).output
    sent = told(hookbeat("pending", "--json"))["sent_and_not_started"]
    assert [(each["entry"], each["due_times"]) for each in sent] == [(beside, 3)]

    done = told(hookbeat("cancel", queued[0]["id"], "--why", "not that one", "--json"))
    assert (done["cancelled"], done["was"]) == (True, "sent")
    assert redis_client.llen(f"{PREFIX}default") == 3
    again = told(hookbeat("backfill", beside, *YES))
    assert (again["sent"], again["known"]) == (0, 3)


def test_it_ends_at_a_hold(hookbeat, clock, beside, runs):
    hookbeat("pause", beside, "--by", "ada", "--why", "deploy")

    done = hookbeat("backfill", beside, *SPAN, "--yes")

    assert (done.exit_code, runs(), clock.slept) == (1, [], [])
    assert "is paused by ada" in done.output
    assert "sent: 0; sent before: 0; left: 3" in done.output


def test_each_waits_for_the_one_before_where_they_may_not_overlap(
    hookbeat, clock, count, runs, redis_client
):
    clock.on_sleep = lambda: redis_client.delete(f"{PREFIX}hookbeat:main:active")
    assert told(hookbeat("backfill", count, *YES))["sent"] == 3

    clock.on_sleep = lambda: None
    redis_client.delete(f"{PREFIX}default", f"{PREFIX}hookbeat:main:active")
    other = told(hookbeat("run", count, "--json"))["id"]
    before = len(runs())
    done = told(hookbeat("backfill", count, *THE_DAY_BEFORE, "--patience", "5s"))

    assert (done["overlap"], done["sent"], done["left"]) == (other, 0, 3)
    assert len(runs()) == before


@pytest.mark.usefixtures("clock")
def test_it_shows_what_it_would_send_and_asks(hookbeat, beside, runs):
    refused = hookbeat("backfill", beside, *SPAN, input="n\n")
    shown = hookbeat("backfill", beside, *SPAN, "--dry-run")

    what = "due times: 3; the first 2026-03-10 00:00:00Z, the last 2026-03-10 02:00:00Z"
    assert (refused.exit_code, what in refused.output) == (1, True)
    assert (shown.exit_code, shown.output) == (0, f"{what}\n")
    assert runs() == []


@pytest.mark.usefixtures("clock")
def test_what_cannot_be_meant_is_told(hookbeat, beside, monkeypatch):
    assert hookbeat("backfill", beside, *SPAN[::-1]).exit_code == 2
    assert "the beat will send" in hookbeat("backfill", beside, SPAN[0], "2999-01-01").output
    assert hookbeat("backfill", beside, *SPAN, "--json").exit_code == 2
    assert hookbeat("backfill", beside, *SPAN, "--patience", "soon").exit_code == 2
    monkeypatch.setattr(import_module(COMMAND), "MOST", 2)
    assert "several calls" in hookbeat("backfill", beside, *SPAN).output
    assert backfilling.MOST == 10_000
