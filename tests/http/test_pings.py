"""What the URL of an entry is told of its runs, by a process that does not wait for it."""

import subprocess
import sys
import textwrap
import threading
import uuid

import pytest

from beat_schedule.entries import Entry
from beat_schedule.policies import RunPolicy
from beat_schedule.runs import pings as module
from beat_schedule.runs.pings import Pings
from beat_schedule.schedules import Every
from tests.http_sink import Asked

RUN = uuid.UUID("1f3c9a2e-7b61-5d0b-9f3f-0f6f5f9f8f11")


def an_entry(ping):
    return Entry(
        key="close",
        task="tasks.close",
        schedule=Every("1h"),
        queue="default",
        event="every",
        place="hooks.py",
        run_policy=RunPolicy(ping=ping),
    )


@pytest.fixture
def pings(http_sink, wait_until):
    pings = Pings([an_entry(f"{http_sink.url}/uuid")])
    yield pings
    # No thread of this test may speak in the next.
    while not pings._waiting.empty():
        pings._waiting.get()
    http_sink.hang_up()
    pings.close()
    wait_until(lambda: not pings._thread.is_alive())


def test_start_success_and_failure_are_told_with_the_run(pings, http_sink, wait_until):
    pings.started("close", RUN)
    pings.succeeded("close", RUN)
    pings.failed("close", RUN, "ValueError: no")

    wait_until(lambda: len(http_sink.requests) == 3)
    assert http_sink.requests == [
        Asked("GET", f"/uuid/start?rid={RUN}", ""),
        Asked("GET", f"/uuid?rid={RUN}", ""),
        Asked("POST", f"/uuid/fail?rid={RUN}", "ValueError: no"),
    ]


def test_after_an_edit_the_urls_are_others(pings, http_sink, wait_until):
    pings.started("close", RUN)
    pings.follow([an_entry(f"{http_sink.url}/other")])
    pings.succeeded("close", RUN)
    pings.follow([])
    pings.started("close", RUN)

    wait_until(lambda: len(http_sink.requests) == 2)
    assert [asked.path for asked in http_sink.requests] == [
        f"/uuid/start?rid={RUN}",
        f"/other?rid={RUN}",
    ]


def test_an_entry_without_a_url_starts_no_thread(http_sink):
    pings = Pings([an_entry("")])
    before = threading.active_count()

    pings.started("close", RUN)
    pings.failed("tasks.plain", RUN, "no")
    pings.close()

    assert threading.active_count() == before
    assert http_sink.requests == []


def test_a_url_that_does_not_answer_delays_nobody(pings, http_sink, wait_until):
    http_sink.silent = True
    pings.started("close", RUN)
    wait_until(lambda: http_sink.requests)

    for _ in range(100):
        pings.succeeded("close", RUN)

    assert len(http_sink.requests) == 1


def test_what_is_too_much_is_dropped_and_said_once(pings, http_sink, wait_until, caplog):
    http_sink.silent = True
    pings.started("close", RUN)
    wait_until(lambda: http_sink.requests)

    for _ in range(module.MOST + 10):
        pings.succeeded("close", RUN)

    assert pings._waiting.qsize() == module.MOST
    assert caplog.text.count("pings.dropped") == 1


def test_a_url_that_fails_is_told_once_without_itself(pings, http_sink, wait_until, caplog):
    http_sink.answers = [404, 404, 404]

    for _ in range(3):
        pings.succeeded("close", RUN)

    wait_until(lambda: len(http_sink.requests) == 3)
    pings.close()
    assert caplog.text.count("ping.failed") == 1
    assert "entry='close' reason='it answered 404'" in caplog.text
    assert http_sink.url not in caplog.text


SCRIPT = """
import os
import sys
import uuid

from tests.http.test_pings import an_entry
from beat_schedule.runs.pings import Pings

url, how = sys.argv[1:]
run = uuid.UUID(int=7)
pings = Pings([an_entry(url)])
if how == "fork":
    pings.started("close", run)
    if os.fork() == 0:
        # It has none of its parent's threads.
        pings.close()
        own = Pings([an_entry(url)])
        own.succeeded("close", run)
        own.close()
        os._exit(0)
    os.wait()
else:
    for _ in range(5):
        pings.succeeded("close", run)
"""


def run(url, how):
    """In a process of its own; seconds do not count, for a machine may be slow."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT), url, how],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_the_last_ones_are_sent_when_the_process_ends(http_sink):
    run(f"{http_sink.url}/uuid", "end")

    assert len(http_sink.requests) == 5


def test_a_process_ends_although_a_url_does_not_answer(http_sink):
    http_sink.silent = True

    run(f"{http_sink.url}/uuid", "end")

    assert len(http_sink.requests) == 1


def test_a_child_that_is_forked_sends_its_own(http_sink):
    run(f"{http_sink.url}/uuid", "fork")

    assert sorted(path.partition("?")[0] for path in http_sink.paths) == ["/uuid", "/uuid/start"]
