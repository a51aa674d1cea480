"""What the URL of Redis says to kombu, to redis-py and to people."""

from ssl import CERT_REQUIRED

import pytest
from kombu import Connection
from redis import Redis, SSLConnection
from redis.sentinel import MasterNotFoundError

from beat_schedule import brokers
from beat_schedule.settings import Settings

SENTINELS = Settings(
    redis_url="sentinel://:sesame@h:1/3?master_name=jobs&sentinel_password=bar%2Bley;sentinel://i"
)


def options(client: Redis) -> dict[str, object]:
    return client.connection_pool.connection_kwargs


def test_kombu_gets_sentinels_it_can_read_and_the_rest_as_options():
    connection = Connection(
        brokers.broker_url(SENTINELS), transport_options=brokers.transport_options(SENTINELS)
    )

    assert connection.alt == ["sentinel://:sesame@h:1/3", "sentinel://:sesame@i/3"]
    assert connection.transport_options["master_name"] == "jobs"
    assert connection.transport_options["sentinel_kwargs"]["password"] == "bar+ley"


def test_kombu_keeps_password_and_database_on_its_way_to_the_next_sentinel():
    connection = Connection(brokers.broker_url(SENTINELS))

    connection.maybe_switch_next()

    assert (connection.hostname, connection.password) == ("i", "sesame")
    assert connection.virtual_host == "3"


def test_a_plain_redis_is_said_to_kombu_as_it_stands():
    settings = Settings(redis_url="redis://:p%40ss@h:1/2")

    assert brokers.broker_url(settings) == "redis://:p%40ss@h:1/2"
    assert brokers.transport_options(settings) == {}


def test_a_client_asks_for_the_password_and_database_of_the_url():
    said = options(brokers.client_of(Settings(redis_url="redis://ada:p%40ss@h:1/2")))

    assert (said["host"], said["port"], said["db"]) == ("h", 1, 2)
    assert (said["username"], said["password"]) == ("ada", "p@ss")


def test_a_client_asks_the_sentinels_with_their_own_password():
    client = brokers.client_of(SENTINELS)
    manager = client.connection_pool.sentinel_manager

    asked = [options(each) for each in manager.sentinels]
    assert [(each["host"], each["port"]) for each in asked] == [("h", 1), ("i", 26379)]
    assert {each["password"] for each in asked} == {"bar+ley"}
    assert (options(client)["password"], options(client)["db"]) == ("sesame", 3)


@pytest.mark.parametrize("url", ["rediss://h/0", "sentinel://h/0?ssl_cert_reqs=required"])
def test_over_tls_a_client_asks_for_a_certificate(url):
    connection = brokers.client_of(Settings(redis_url=url)).connection_pool.make_connection()

    assert isinstance(connection, SSLConnection)
    assert connection.cert_reqs == CERT_REQUIRED


def test_sentinels_of_a_redis_over_tls_are_asked_over_tls():
    settings = Settings(redis_url="sentinel://h/0?ssl_ca_certs=ca.pem")

    client = brokers.client_of(settings)

    (sentinel,) = client.connection_pool.sentinel_manager.sentinels
    assert options(sentinel)["ssl_ca_certs"] == "ca.pem"
    assert brokers.transport_options(settings)["sentinel_kwargs"]["ssl"] is True


def test_people_are_told_where_redis_is_without_its_password():
    assert brokers.place_of(SENTINELS) == "Redis 'jobs' of the sentinels h:1, i"
    assert brokers.place_of(Settings(redis_url="redis://:sesame@h:1/2")) == "Redis at h:1/2"


def test_an_error_of_sentinels_is_told_in_words_that_stay_the_same():
    told = []
    for _ in range(2):
        client = brokers.client_of(
            Settings(redis_url="sentinel://localhost:1;sentinel://:sesame@localhost:2")
        )
        with pytest.raises(MasterNotFoundError) as error:
            client.ping()
        told.append(brokers.words_of(error.value))

    assert told[0] == told[1]
    assert told[0].startswith("No master found for 'mymaster' : localhost:1 - ")
    assert "localhost:2 - " in told[0]
    assert len(told[0]) < 200


def test_the_lists_of_a_queue_are_called_as_kombu_calls_them():
    channel = Connection("redis://localhost").transport.Channel

    assert channel.sep == brokers.SEPARATOR
    assert list(brokers.PRIORITY_STEPS) == channel.priority_steps
    assert brokers.lists_of("long")[0] == "long"
