"""Our transports: kombu's, with one client for each of their pools."""

import pytest
from kombu import Connection

from beat_schedule.transports import transports_with


@pytest.fixture
def channel(redis_url):
    transport = transports_with(type("Nothing", (), {}))["redis"]
    with Connection(redis_url, transport=transport) as connection:
        yield connection.channel()


def test_every_message_goes_through_the_same_client(channel):
    with channel.conn_or_acquire() as first, channel.conn_or_acquire() as second:
        assert first is second
        assert first.ping()


def test_what_waits_for_messages_has_one_of_its_own(channel):
    with channel.conn_or_acquire() as client:
        assert channel.client is not client
        assert channel.client.connection_pool is not client.connection_pool


def test_a_new_pool_has_a_new_client(channel):
    with channel.conn_or_acquire() as before:
        channel._disconnect_pools()

    with channel.conn_or_acquire() as after:
        assert after is not before
        assert after.connection_pool is channel.pool
        assert after.ping()
