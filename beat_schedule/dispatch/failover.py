"""What to know of a Redis that sentinels may replace by one of its replicas."""

import redis
from redis.exceptions import ResponseError
from redis.sentinel import SentinelConnectionPool

from beat_schedule import logs

log = logs.logger("hookbeat.beat")


def warn_of_loss(client: redis.Redis) -> None:
    """Say so when a master takes writes that no replica gets; raises redis-py's errors.

    To be asked on each new connection: the setting is that of one Redis, not of the group.
    """
    if isinstance(client.connection_pool, SentinelConnectionPool) and not _refuses_alone(client):
        log.warning(
            "redis.unsafe",
            reason="it takes writes that no replica gets, and a failover loses them",
            cure="set min-replicas-to-write 1 on every Redis of the group",
        )


def _refuses_alone(client: redis.Redis) -> bool:
    """By INFO, which may be read where CONFIG may not; the field is there only if it is set."""
    try:
        return "min_slaves_good_slaves" in client.info("replication")
    except ResponseError:
        return True
