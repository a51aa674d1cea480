"""What `HOOKBEAT_REDIS_URL` says to kombu and to redis-py, with and without sentinels."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

import redis
from kombu.exceptions import OperationalError
from kombu.utils.url import parse_url
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from beat_schedule.errors import BrokerError
from beat_schedule.settings import Settings
from beat_schedule.urls import SENTINEL_OPTIONS

#: Seconds instead of the beat's patience.
PATIENCE = timedelta(seconds=3)

#: How kombu names the lists of a queue, one for each step of priority. Its own words for it are in
#: a module that takes long to import.
PRIORITY_STEPS = (0, 3, 6, 9)
SEPARATOR = "\x06\x16"

MASTER_NAME = "mymaster"
SENTINEL_PORT = 26379

#: A sentinel that is silent must not hold up the question to the next one.
_SENTINEL_TIMEOUTS = {"socket_timeout": 2, "socket_connect_timeout": 2}

_SENTINEL = re.compile(r"<redis\.client\.Redis\(.*?\bhost=([^,]*),port=(\d+).*?\)>\)>\)>")


def is_sentinel(settings: Settings) -> bool:
    return settings.redis_url.get_secret_value().startswith("sentinel:")


def broker_url(settings: Settings) -> str:
    """The URL, or the URLs with `;` between, without what kombu does not take in a URL."""
    if not is_sentinel(settings):
        return settings.redis_url.get_secret_value()
    return ";".join(_for_kombu(parts) for parts in _parts(settings))


def transport_options(settings: Settings) -> dict[str, Any]:
    """What kombu takes beside the URL: nothing, but for sentinels."""
    if not is_sentinel(settings):
        return {}
    return {"master_name": _master_name(settings), "sentinel_kwargs": _sentinel_kwargs(settings)}


def client_of(settings: Settings, *, timeout: timedelta = timedelta(seconds=5)) -> redis.Redis:
    """A client of the broker's Redis, with sentinels of the present master; nothing is connected.

    It waits `timeout` for an answer and tries twice; its keys are without the prefix.
    """
    said = parse_url(broker_url(settings).split(";")[0])
    options: dict[str, Any] = {
        "username": said["userid"],
        "password": said["password"],
        "db": int(said["virtual_host"] or 0),
        "socket_timeout": timeout.total_seconds(),
        "socket_connect_timeout": timeout.total_seconds(),
        "retry": Retry(NoBackoff(), 1),
        **_tls(said),
    }
    if not is_sentinel(settings):
        host, port = said["hostname"] or "127.0.0.1", said["port"] or 6379
        return redis.Redis(host, port, **options)
    addresses = [(each.hostname, each.port or SENTINEL_PORT) for each in _parts(settings)]
    sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]
        addresses, sentinel_kwargs=_sentinel_kwargs(settings), **options
    )
    client: redis.Redis = sentinel.master_for(_master_name(settings))
    return client


def lists_of(queue: str) -> list[str]:
    """The lists that a queue has in Redis, one for each step of priority."""
    return [f"{queue}{SEPARATOR}{step}" if step else queue for step in PRIORITY_STEPS]


def place_of(settings: Settings) -> str:
    """Where Redis is, for people; without its password."""
    parts = _parts(settings)
    hosts = [each.netloc.rpartition("@")[2] for each in parts]
    if not is_sentinel(settings):
        return f"Redis at {hosts[0]}{parts[0].path}"
    return f"Redis {_master_name(settings)!r} of the sentinels {', '.join(hosts)}"


def has_password(settings: Settings) -> bool:
    return bool(_parts(settings)[0].password)


def words_of(error: Exception) -> str:
    """The error's text; redis-py names a sentinel by all of its options, with memory addresses."""
    return _SENTINEL.sub(r"\1:\2", str(error))


@contextmanager
def told(settings: Settings, cure: str = "") -> Iterator[None]:
    """Errors of Redis as BrokerError, with what to do; without its password."""
    try:
        yield
    except (OperationalError, redis.RedisError, OSError) as error:
        raise BrokerError(_refusal(error, settings, cure)) from error


def _refusal(error: Exception, settings: Settings, cure: str) -> str:
    place, words = place_of(settings), words_of(error)
    cause: Any = error if isinstance(error, redis.RedisError) else error.__cause__
    if isinstance(cause, redis.AuthenticationError):
        wish = "refuses our password" if has_password(settings) else "asks for a password"
        return f"{place} {wish}: {words} (HOOKBEAT_REDIS_URL: redis://:password@host:port/db)"
    if isinstance(cause, redis.ResponseError):
        return f"{place} does not take it: {words} (HOOKBEAT_REDIS_URL names it)"
    return f"{place} cannot be reached: {words} (HOOKBEAT_REDIS_URL says where{cure})"


def _parts(settings: Settings) -> list[SplitResult]:
    return [urlsplit(url) for url in settings.redis_url.get_secret_value().split(";")]


def _for_kombu(parts: SplitResult) -> str:
    options = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in options if name not in SENTINEL_OPTIONS]
    return parts._replace(query=urlencode(kept)).geturl()


def _sentinel_options(settings: Settings) -> dict[str, str]:
    options = dict(parse_qsl(_parts(settings)[0].query))
    return {name: options[name] for name in SENTINEL_OPTIONS if name in options}


def _master_name(settings: Settings) -> str:
    return _sentinel_options(settings).get("master_name", MASTER_NAME)


def _sentinel_kwargs(settings: Settings) -> dict[str, Any]:
    """How the sentinels themselves are asked; over TLS if their Redis is."""
    said = _sentinel_options(settings)
    user = {
        name.removeprefix("sentinel_"): value
        for name, value in said.items()
        if name != "master_name"
    }
    tls = _tls(parse_url(broker_url(settings).split(";")[0]))
    return {**_SENTINEL_TIMEOUTS, **user, **tls}


def _tls(said: dict[str, Any]) -> dict[str, Any]:
    """redis-py's options for what kombu read from the URL."""
    options = said.get("ssl") or {}
    return {"ssl": True, **options} if options else {}
