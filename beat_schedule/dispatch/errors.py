"""What an error of redis-py or kombu says: Redis is away, Redis refuses, or something is wrong."""

from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

_AWAY = (OperationalError, RedisConnectionError, RedisTimeoutError, OSError)

#: How Redis begins an answer that speaks of its own state and not of the command: a replica,
#: no memory left, nothing can be saved, too few replicas, still starting, a user without rights,
#: a script of somebody's that does not end.
_STATES = (
    "READONLY", "OOM", "MISCONF", "NOREPLICAS", "MASTERDOWN", "LOADING", "NOAUTH", "NOPERM",
    "BUSY", "UNKILLABLE", "CLUSTERDOWN", "TRYAGAIN",
)  # fmt: skip
#: redis-py leaves the first word out where it has a class for it, and a Redis before 7 puts others
#: before it where a script met it.
_SENTENCES = (
    "You can't write against a read only replica",
    "command not allowed when used memory",
    "Not enough good replicas to write",
)

#: How a script begins its answer to a beat that does not hold the lease, and to one that knows
#: more than Redis does.
_NOT_LEADER = "NOTLEADER"
_WENT_BACK = "WENTBACK"


class NotLeaderError(Exception):
    """Another beat holds the lease, or nobody does: nothing was written."""


class WentBackError(Exception):
    """Redis is at an earlier state than it was: nothing was written."""


class DoubtError(Exception):
    """It is not certain what time it is, so nothing may be decided."""


def meant(error: ResponseError) -> Exception:
    """What a script of ours says by an error; the error itself where it is Redis's own."""
    said = str(error)
    if _NOT_LEADER in said:
        return NotLeaderError(said)
    if _WENT_BACK in said:
        return WentBackError(said)
    return error


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
    is_said = isinstance(error, NotLeaderError | WentBackError)
    return is_said or is_away(error) or is_refused(error)
