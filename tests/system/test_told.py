"""People are told of what is wrong, whoever leads and whether or not a worker lives."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.http_sink import HttpSink
from tests.system.installation import Installation

HOOKS = """
    trace = {"task": "jobs.trace", "name": "trace", "overlap": "allow", "owner": "ops"}
    watched = {"expect_within": "5s", "ping": "URL/trace"}
    scheduler_events = {"every": {"1s": [trace | watched]}}
"""

FAILING = """
    fail = {"task": "jobs.fail", "name": "fail", "alert_after": 2, "ping": "URL/fail"}
    scheduler_events = {"every": {"1s": [fail]}}
"""


def said(sink: HttpSink):
    """Title and text of each alert, the first first."""
    bodies = [json.loads(asked.text) for asked in sink.requests if asked.path == "/alerts"]
    return [(body["title"], body["message"]) for body in bodies]


def pings(sink: HttpSink, path: str):
    return [asked for asked in sink.requests if asked.path.partition("?")[0] == path]


@pytest.fixture
def house(installation: Installation, http_sink: HttpSink):
    installation.write("hooks.py", HOOKS.replace("URL", http_sink.url))
    installation.environ["HOOKBEAT_ALERTS"] = f"{http_sink.url.replace('http', 'json')}/alerts"
    installation.environ["HOOKBEAT_BEAT_PING"] = f"{http_sink.url}/beat"
    return installation


def test_without_a_worker_it_is_told_once_and_the_next_leader_tells_when_it_is_over(
    house, http_sink, wait_until
):
    beat = house.start_beat()
    wait_until(lambda: said(http_sink), within=60)
    assert "/beat" in http_sink.paths
    [(title, text)] = said(http_sink)
    assert title == "[hookbeat] trace was missed"
    assert "it was sent, and no worker started it" in text
    assert "owner  ops" in text

    # Killed before that, it would let the next one say it again.
    wait_until(lambda: "alert.sent" in beat.said)
    beat.kill()
    house.start_beat()
    house.start_worker()
    wait_until(lambda: len(said(http_sink)) > 1, within=120)

    titles = [title for title, _ in said(http_sink)]
    assert titles == ["[hookbeat] trace was missed", "[hookbeat] trace has recovered"]


def test_failures_are_told_and_each_is_pinged_by_the_worker(house, http_sink, wait_until):
    house.write("hooks.py", FAILING.replace("URL", http_sink.url))
    house.write("jobs.py", "def fail():\n    raise LookupError('nothing there')\n")
    house.start_beat()
    worker = house.start_worker()

    wait_until(lambda: said(http_sink), within=60)
    worker.stop()

    [(title, text)] = said(http_sink)
    assert title == "[hookbeat] fail is failing"
    assert "Its last 2 runs failed, the last of them: LookupError: nothing there" in text
    begun, ended = [
        {parse_qs(urlsplit(asked.path).query)["rid"][0] for asked in asks}
        for asks in (pings(http_sink, "/fail/start"), pings(http_sink, "/fail/fail"))
    ]
    assert begun == ended
    assert {asked.text for asked in pings(http_sink, "/fail/fail")} == {
        "LookupError: nothing there"
    }
    listed = house.run("hookbeat", "incidents", "--json", check=False)
    assert listed.returncode == 1
    [incident] = json.loads(listed.stdout)
    assert incident["run"] in begun


def test_a_beat_that_could_tell_nobody_does_not_start(house, wait_until):
    beat = house.start("celery", "-A", "worker", "beat", HOOKBEAT_ALERTS="nonsense://sesame")

    wait_until(lambda: not beat.alive, within=60)

    assert "number 1 (nonsense://…) is no URL that apprise knows" in beat.said
    assert "sesame" not in beat.said
