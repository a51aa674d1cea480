"""What Redis says of its own state is told from what is wrong with a command."""

import pytest
from redis.exceptions import ReadOnlyError, ResponseError

from beat_schedule.dispatch.errors import is_away, is_refused

#: Before Redis 7 a script puts words of its own before the answer that it met.
OLD = "Error running script (call to f_1): @user_script:1: @user_script: 1: -"


@pytest.mark.parametrize(
    "error",
    [
        ResponseError("NOREPLICAS Not enough good replicas to write."),
        ResponseError(f"{OLD}NOREPLICAS Not enough good replicas to write."),
        ReadOnlyError("You can't write against a read only replica."),
        ResponseError(f"{OLD}READONLY You can't write against a read only replica."),
        ResponseError("MISCONF Redis is configured to save RDB snapshots, but cannot"),
    ],
)
def test_a_redis_that_takes_no_writes_for_now_refuses(error):
    assert is_refused(error)
    assert not is_away(error)


def test_a_mistake_of_ours_is_no_refusal():
    assert not is_refused(ResponseError("WRONGTYPE Operation against a key"))
