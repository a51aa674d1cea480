"""Calls of a URL, against a real server and none."""

from contextlib import closing

import pytest

from beat_schedule.pinger import LONGEST, Pinger, ping_url
from tests.http_sink import Asked


@pytest.fixture
def pinger():
    with closing(Pinger()) as pinger:
        yield pinger


@pytest.mark.parametrize(
    ("url", "signal", "query", "becomes"),
    [
        ("https://h/1f3c", "", {}, "https://h/1f3c"),
        ("https://h/1f3c", "start", {"rid": "7"}, "https://h/1f3c/start?rid=7"),
        ("https://h/1f3c/", "fail", {"rid": "7"}, "https://h/1f3c/fail?rid=7"),
        ("https://h/key/shop?create=1", "", {"rid": "7"}, "https://h/key/shop?create=1&rid=7"),
        ("https://h/key/shop?create=1#x", "start", {}, "https://h/key/shop/start?create=1"),
        ("http://u:p@h:81", "start", {}, "http://u:p@h:81/start"),
    ],
)
def test_the_signal_goes_to_the_end_of_the_path(url, signal, query, becomes):
    assert ping_url(url, signal, **query) == becomes


def test_without_a_text_it_is_a_get_and_with_one_a_post(pinger, http_sink):
    assert pinger.ping("close", f"{http_sink.url}/a") == ""
    assert pinger.ping("close", f"{http_sink.url}/b", "it failed: é") == ""

    assert http_sink.requests == [Asked("GET", "/a", ""), Asked("POST", "/b", "it failed: é")]


def test_a_long_text_is_cut(pinger, http_sink):
    pinger.ping("close", http_sink.url, LONGEST * "xy")

    assert len(http_sink.requests[0].text) == LONGEST


@pytest.mark.parametrize("status", [500, 503, 429])
def test_what_may_go_well_the_next_time_is_tried_once_more(pinger, http_sink, status):
    http_sink.answers = [status]
    assert pinger.ping("close", http_sink.url) == ""

    http_sink.answers = [status, status]
    assert pinger.ping("close", http_sink.url) == f"it answered {status}"
    assert len(http_sink.requests) == 4


def test_what_is_wrong_for_good_is_not(pinger, http_sink):
    http_sink.answers = [404]

    assert pinger.ping("close", http_sink.url) == "it answered 404"
    assert len(http_sink.requests) == 1


def test_a_server_that_says_nothing_is_given_up(http_sink, wait_until):
    http_sink.silent = True

    with closing(Pinger(timeout=0.5)) as pinger:
        assert pinger.ping("close", http_sink.url).startswith("ReadTimeout")

    wait_until(lambda: len(http_sink.requests) == 2)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/1f3c9a2e7b615d0b",
        "http://no such host/1f3c9a2e7b615d0b",
        "http://xn--zz:80/1f3c9a2e7b615d0b",
        "nonsense://here/1f3c9a2e7b615d0b",
        "1f3c9a2e7b615d0b",
    ],
)
def test_a_url_that_leads_nowhere_is_told_and_not_quoted(pinger, url):
    reason = pinger.ping("close", url)

    assert reason
    assert "1f3c9a2e7b615d0b" not in reason


def test_trouble_is_told_once_until_it_is_over(pinger, http_sink):
    http_sink.answers = [404, 404, 200, 404]

    said = [bool(pinger.ping("close", http_sink.url)) for _ in range(4)]
    http_sink.answers = [404]

    assert said == [True, False, False, True]
    assert pinger.ping("open", http_sink.url)


def test_nobody_logs_which_url_it_was(pinger, http_sink, caplog):
    caplog.set_level("DEBUG", logger="httpx")

    pinger.ping("close", f"{http_sink.url}/1f3c9a2e")

    assert "1f3c9a2e" not in caplog.text
