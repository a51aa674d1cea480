"""Tokens: a run says that it is under way, and touches no other run's word."""

import uuid
from datetime import timedelta
from functools import partial
from itertools import takewhile

import pytest

from beat_schedule.tokens import Tokens

ENTRY = "tasks.shop.close@daily"
ACTIVE, OWING, WAKE = (f"test:hookbeat:main:{name}" for name in ("active", "owing", "wake"))
OURS, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
LIFE = timedelta(seconds=15)


@pytest.fixture
def tokens(redis_client):
    return Tokens(redis_client, "test:")


@pytest.fixture
def millis(redis_client):
    """Redis's own time."""

    def now():
        seconds, micros = redis_client.time()
        return seconds * 1000 + micros // 1000

    return now


@pytest.fixture
def token(redis_client):
    return lambda entry=ENTRY: redis_client.hget(ACTIVE, entry)


@pytest.fixture
def put(redis_client):
    return lambda text: redis_client.hset(ACTIVE, ENTRY, text)


@pytest.fixture
def wakes(redis_client):
    """What the beats were told so far."""
    with redis_client.pubsub() as listener:
        listener.subscribe(WAKE)
        listener.get_message(timeout=5)

        def heard():
            # What was told before comes before this.
            redis_client.publish(WAKE, "that was all")
            messages = iter(partial(listener.get_message, timeout=5), None)
            return [*takewhile("that was all".__ne__, (each["data"] for each in messages))]

        yield heard


def holds_for(text, since, until):
    """Whether a token of our run was written between these two instants."""
    phase, run, till = text.split("|")
    life = LIFE // timedelta(milliseconds=1)
    return (phase, run) == ("r", str(OURS)) and since + life <= int(till) <= until + life


def test_a_server_that_forgets_a_script_as_soon_as_it_has_it_runs_it_all_the_same(
    tokens, redis_client, monkeypatch, token
):
    redis_client.script_flush()
    # Another server stands in its place by the next call.
    monkeypatch.setattr(redis_client, "script_load", lambda _script: "0" * 40)

    assert tokens.start(ENTRY, OURS)

    assert str(OURS) in token()


def test_a_run_that_begins_takes_the_token_that_the_beat_left_for_it(tokens, token, put, millis):
    put(f"w|{OURS}")
    before = millis()

    assert tokens.start(ENTRY, OURS)

    assert holds_for(token(), before, millis())


def test_a_run_that_nobody_announced_takes_a_free_token(tokens, token, millis):
    before = millis()

    assert tokens.start(ENTRY, OURS)
    assert tokens.start(ENTRY, OURS)

    assert holds_for(token(), before, millis())


@pytest.mark.parametrize("life", [None, 1_000])
def test_a_run_leaves_the_token_of_another_alone(tokens, token, put, millis, life):
    other = f"r|{OTHER}|{millis() + life}" if life else f"w|{OTHER}"
    put(other)

    assert not tokens.start(ENTRY, OURS)
    assert not tokens.pulse([(ENTRY, OURS)])
    assert not tokens.end(ENTRY, OURS)

    assert token() == other


# The second was written before Redis's clock stepped back by an hour.
@pytest.mark.parametrize("life", [-1, 3_600_000])
def test_a_token_that_nobody_renewed_is_free(tokens, token, put, millis, life):
    put(f"r|{OTHER}|{millis() + life}")
    before = millis()

    assert tokens.start(ENTRY, OURS)

    assert holds_for(token(), before, millis())


def test_a_pulse_renews_all_that_are_ones_own_in_one_call(tokens, token, put, millis, redis_client):
    put(f"w|{OURS}")
    redis_client.hset(ACTIVE, "old", f"r|{OURS}|{millis() - 20_000}")
    redis_client.hset(ACTIVE, "other", f"w|{OTHER}")
    before = millis()

    renewed = tokens.pulse([(ENTRY, OURS), ("old", OURS), ("other", OURS), ("gone", OURS)])

    assert renewed == 2
    assert holds_for(token(), before, millis())
    assert holds_for(token("old"), before, millis())
    assert (token("other"), token("gone")) == (f"w|{OTHER}", None)


def test_a_run_that_is_over_gives_its_token_back(tokens, token, wakes):
    tokens.start(ENTRY, OURS)

    assert tokens.end(ENTRY, OURS)
    assert not tokens.end(ENTRY, OURS)

    assert token() is None
    # Nobody waits for it.
    assert wakes() == []


def test_a_duplicate_of_an_ended_run_frees_the_token_that_waits_for_it(tokens, token, put):
    put(f"w|{OURS}")

    assert tokens.end(ENTRY, OURS)

    assert token() is None


def test_beats_that_owe_the_entry_are_woken_when_its_run_is_over(tokens, redis_client, wakes):
    redis_client.hset(OWING, ENTRY, "1|1|overlap")
    tokens.start(ENTRY, OURS)

    tokens.end(ENTRY, OURS)
    tokens.end(ENTRY, OURS)

    # Once more for a reply that was lost.
    assert wakes() == [f"ended {ENTRY}", f"ended {ENTRY}"]


def test_beats_are_not_woken_while_another_run_is_under_way(tokens, redis_client, put, wakes):
    redis_client.hset(OWING, ENTRY, "1|1|overlap")
    put(f"w|{OTHER}")

    tokens.end(ENTRY, OURS)

    assert wakes() == []
