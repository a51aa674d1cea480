"""The runs of one process: their tokens are renewed, and a Redis that is away harms none."""

import re
import socket
from datetime import timedelta

import pytest
import structlog

from beat_schedule.clock import SystemClock
from beat_schedule.runs.under_way import UnderWay
from beat_schedule.settings import Settings
from tests.openings import an_opening
from tests.servers import RedisServer

ACTIVE = "test:hookbeat:main:active"
RUN = an_opening(entry="close")
OTHER = an_opening(entry="open")


@pytest.fixture
def log():
    return structlog.testing.CapturingLogger()


@pytest.fixture
def under_way_at(log):
    made = []

    def under_way_at(url):
        logger = structlog.wrap_logger(log, processors=[], wrapper_class=structlog.BoundLogger)
        settings = Settings(redis_url=url, prefix="test:")
        made.append(UnderWay(settings, logger, every=timedelta(milliseconds=50)))
        return made[-1]

    yield under_way_at
    for under_way in made:
        under_way.close()


@pytest.fixture
def tokens(redis_client):
    return lambda: redis_client.hgetall(ACTIVE)


@pytest.fixture
def under_way(under_way_at, redis_url, redis_client):
    redis_client.flushall()
    return under_way_at(redis_url)


def test_tokens_are_renewed_while_their_runs_are_under_way(under_way, tokens, wait_until):
    under_way.token(RUN).start()
    under_way.token(OTHER).start()
    first = tokens()

    wait_until(lambda: all(tokens()[entry] > first[entry] for entry in ("close", "open")))

    under_way.token(RUN).end()
    under_way.token(OTHER).end()
    assert tokens() == {}


def test_the_token_of_a_run_that_waits_stays_and_is_renewed_no_more(under_way, tokens, wait_until):
    under_way.token(RUN).start()
    under_way.token(OTHER).start()

    under_way.token(OTHER).wait()

    first = tokens()
    wait_until(lambda: tokens()["close"] > first["close"])
    assert tokens()["open"] == f"w|{OTHER.run_id}"


def test_a_redis_that_is_away_is_warned_of_once_and_harms_no_run(
    under_way_at, log, tmp_path, wait_until
):
    server = RedisServer(tmp_path)
    under_way = under_way_at(server.url)

    for _ in range(2):
        under_way.token(RUN).start()
        under_way.token(RUN).end()

    [warning] = log.calls
    assert (warning.method_name, warning.kwargs["event"]) == ("warning", "token.untold")
    assert "Error" in warning.kwargs["reason"]

    server.start()
    under_way.token(RUN).start()
    server.stop()
    wait_until(lambda: len(log.calls) == 2)


def test_sentinels_that_are_away_are_named_without_their_password(under_way_at, log):
    url = "sentinel://:hunter2222@127.0.0.1:1/0?sentinel_password=another"
    under_way = under_way_at(url)

    under_way.token(RUN).start()

    [warning] = log.calls
    assert "127.0.0.1:1" in warning.kwargs["reason"]
    assert not {"hunter2222", "another"} & set(re.findall(r"\w+", warning.kwargs["reason"]))


def test_a_redis_that_is_silent_keeps_no_run_waiting_for_long(under_way_at, log):
    clock = SystemClock()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        under_way = under_way_at(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        before = clock.monotonic()

        under_way.token(RUN).start()

        assert clock.monotonic() - before < 10
    assert [call.kwargs["event"] for call in log.calls] == ["token.untold"]


def test_a_connection_that_redis_closed_is_noticed_by_nobody(under_way, redis_client, tokens, log):
    under_way.token(RUN).start()
    redis_client.client_kill_filter(_type="normal", skipme=True)

    under_way.token(RUN).end()

    assert (tokens(), log.calls) == ({}, [])
