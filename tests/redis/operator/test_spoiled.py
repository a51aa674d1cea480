"""What was set aside, as people see it."""

from datetime import UTC, datetime

import pytest

from beat_schedule.runs.spoiled import LONGEST, MOST, SpoiledMessages
from tests.desk import PREFIX, told

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def messages(redis_client):
    return SpoiledMessages(redis_client, PREFIX)


def test_messages_that_were_set_aside_are_shown_and_forgotten(hookbeat, messages):
    messages.keep(NOON, "default", b"gar\xffbage", "it is not JSON")
    messages.keep(NOON, "long", b"[]", "it is no message")

    done = hookbeat("spoiled")

    assert done.exit_code == 1
    assert "2026-05-04 12:00:00Z" in done.output
    assert r"gar\xffbage" in done.output
    assert told(hookbeat("spoiled", "--json", "--limit", "1")) == [
        {
            "at": "2026-05-04T12:00:00+00:00",
            "queue": "long",
            "reason": "it is no message",
            "size": 2,
            "message": "[]",
        }
    ]

    assert told(hookbeat("spoiled", "--forget", "--json")) == {"forgotten": 2}
    done = hookbeat("spoiled")
    assert (done.exit_code, done.output) == (0, "no message was set aside\n")


def test_only_the_newest_are_kept_and_of_each_its_beginning(messages):
    for number in range(MOST + 5):
        messages.keep(NOON, "default", str(number).encode() + b"x" * 2 * LONGEST, "it is not JSON")

    kept = messages.newest()

    assert len(kept) == MOST
    assert kept[0].message.startswith(b"1004x")
    assert kept[-1].message.startswith(b"5x")
    assert len(kept[0].message) == LONGEST
    assert kept[0].size == 4 + 2 * LONGEST


def test_without_redis_it_says_so(hookbeat, away):
    away()

    done = hookbeat("spoiled")

    assert done.exit_code == 1
    assert "cannot be reached" in done.output
