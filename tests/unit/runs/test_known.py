"""What a worker knows of an entry that no code declares: what its runs tell."""

import threading

import pytest

from beat_schedule.policies import Overlap
from beat_schedule.runs import known
from beat_schedule.runs.known import Known
from beat_schedule.runs.process import Process
from beat_schedule.settings import Settings
from beat_schedule.translate import translate_events
from beat_schedule.translate.declarations import Declaration
from beat_schedule.translate.said import Workshop
from tests.openings import an_opening

SETTINGS = Settings()

TOLD = '{"every":"5m","queue":"algolia"}'


@pytest.fixture
def entries():
    declared = Declaration(
        source="hooks.py", events={"daily": [{"task": "time.time", "name": "own"}]}
    )
    return Known(translate_events([declared], SETTINGS).entries, SETTINGS)


def headers(key, **options):
    made = Workshop(SETTINGS).made(key, {"task": "time.time", "every": "5m", **options})
    return {"hookbeat_entry": key, "hookbeat_told": made.told}


def test_a_run_tells_of_its_entry(entries):
    entries.hear("time.time", headers("new", overlap="queue", retries=2))

    assert entries["new"].policy.overlap is Overlap.QUEUE
    assert entries["new"].run_policy.retries == 2
    assert entries["new"].task == "time.time"


def test_the_newest_run_tells_of_it_last(entries):
    entries.hear("time.time", headers("new", retries=2))
    entries.hear("time.sleep", headers("new"))

    assert (entries["new"].run_policy.retries, entries["new"].task) == (0, "time.sleep")


def test_what_the_code_declares_nobody_tells_otherwise(entries):
    entries.hear("time.time", headers("own", retries=2))

    assert entries["own"].run_policy.retries == 0


@pytest.mark.parametrize(
    "told", [{}, {"hookbeat_entry": "new"}, {"hookbeat_entry": "new", "hookbeat_told": "{"}]
)
def test_what_nobody_tells_or_understands_stays_unknown(entries, told):
    entries.hear("time.time", told)

    assert "new" not in entries


def test_those_of_the_code_alone_are_listed(entries):
    entries.hear("time.time", headers("new"))

    assert (list(entries), len(entries)) == (["own"], 1)


def test_only_so_many_are_remembered(entries, monkeypatch):
    monkeypatch.setattr(known, "REMEMBERED", 2)
    for number in range(4):
        entries.hear("time.time", headers(f"new {number}"))

    assert [f"new {number}" in entries for number in range(4)] == [False, False, True, True]


def test_a_clock_that_comes_later_has_a_queue_that_runs_may_name():
    process = Process(SETTINGS, entries=[])
    process.declare([], SETTINGS.having_queues(["algolia"]))

    process.named.hear("time.time", headers("new") | {"hookbeat_told": TOLD})

    assert process.named["new"].queue == "algolia"


def test_code_that_is_edited_leaves_no_thread_behind():
    nobody = Settings(redis_url="redis://127.0.0.1:1/0")
    process = Process(nobody, entries=[])
    process.token(an_opening()).start()
    before = threading.active_count()

    for _ in range(3):
        process.declare([])
        process.token(an_opening()).start()

    assert threading.active_count() == before
    process.release()
    assert threading.active_count() == before - 1
