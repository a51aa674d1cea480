"""Kombu's transports for Redis, with channels that can do more."""

from collections.abc import Mapping
from typing import Any

from kombu.transport import redis as kombu_redis


def transports_with(mixin: type) -> Mapping[str, type[Any]]:
    """By the scheme of the broker's URL: kombu's own transports, `mixin` before their channels."""
    plain = _transport(kombu_redis.Transport, kombu_redis.Channel, mixin)
    behind_sentinels = _transport(kombu_redis.SentinelTransport, kombu_redis.SentinelChannel, mixin)
    return {"redis": plain, "rediss": plain, "sentinel": behind_sentinels}


def _transport(transport: Any, channel: Any, mixin: type) -> type[Any]:
    made = type(channel.__name__, (mixin, channel), {})
    return type(transport.__name__, (transport,), {"Channel": made})
