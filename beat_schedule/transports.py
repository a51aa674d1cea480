"""Kombu's transports for Redis, with channels that can do more."""

from collections.abc import Mapping
from typing import Any

from kombu.transport import redis as kombu_redis


class _Thrifty:
    """A channel that makes one client for its pool: kombu's makes two for each message."""

    _pooled: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:  # noqa: FBT001, FBT002 -- kombu's
        channel: Any = self
        if asynchronous:
            return super()._create_client(asynchronous)  # type: ignore[misc]
        if self._pooled is None or self._pooled.connection_pool is not channel.pool:
            self._pooled = super()._create_client()  # type: ignore[misc]
        return self._pooled


def transports_with(mixin: type) -> Mapping[str, type[Any]]:
    """By the scheme of the broker's URL: kombu's own transports, `mixin` before their channels."""
    plain = _transport(kombu_redis.Transport, kombu_redis.Channel, mixin)
    behind_sentinels = _transport(kombu_redis.SentinelTransport, kombu_redis.SentinelChannel, mixin)
    return {"redis": plain, "rediss": plain, "sentinel": behind_sentinels}


def _transport(transport: Any, channel: Any, mixin: type) -> type[Any]:
    made = type(channel.__name__, (mixin, _Thrifty, channel), {})
    return type(transport.__name__, (transport,), {"Channel": made})
