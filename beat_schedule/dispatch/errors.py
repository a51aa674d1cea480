"""What an error of redis-py or kombu says: Redis is away, Redis refuses, or something is wrong."""

from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

_AWAY = (OperationalError, RedisConnectionError, RedisTimeoutError, OSError)

#: How Redis begins an answer that speaks of its own state and not of the command: a replica,
#: no memory left, nothing can be saved, too few replicas, still starting, a user without rights.
_STATES = (
    "READONLY", "OOM", "MISCONF", "NOREPLICAS", "MASTERDOWN", "LOADING", "NOAUTH", "NOPERM",
)  # fmt: skip
#: redis-py leaves the first word out where it has a class for it.
_SENTENCES = ("You can't write against a read only replica", "command not allowed when used memory")


def is_away(error: Exception) -> bool:
    """Whether Redis cannot be reached; kombu says the same of a command that Redis refused."""
    return isinstance(error, _AWAY) and not isinstance(error.__cause__, ResponseError)


def is_refused(error: Exception) -> bool:
    """Whether Redis answers, but in its present state takes nothing from anybody."""
    answer = error.__cause__ if isinstance(error.__cause__, ResponseError) else error
    said = str(answer)
    return isinstance(answer, ResponseError) and (
        said.startswith(_STATES) or any(sentence in said for sentence in _SENTENCES)
    )


def concerns_everybody(error: Exception) -> bool:
    """Whether the next entry would meet the same error."""
    return is_away(error) or is_refused(error)
