"""Whether an attempt that went wrong is made again, and when."""

import random
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded

from beat_schedule.policies import RunPolicy
from beat_schedule.store.runs import Again

#: No pause between two attempts is longer, but for the jitter.
LONGEST_PAUSE = timedelta(hours=1)

#: Every pause is so much shorter or longer: what failed together is not to come back together.
JITTER = 0.25


def after_failure(
    policy: RunPolicy, error: BaseException | None, attempt: int, now: datetime
) -> Again:
    """On which terms a failed attempt is made again; None stands for a run that was killed.

    The pause doubles with each attempt. Of what `retry_on` does not name nothing is made again.
    """
    times = policy.retries if _is_meant(policy, error) else 0
    return Again(times=times, not_before=now + _pause(policy, attempt))


def after_loss(policy: RunPolicy, now: datetime) -> Again:
    """On which terms an attempt is made again whose process died: at once."""
    return Again(times=policy.reruns, not_before=now)


def _pause(policy: RunPolicy, attempt: int) -> timedelta:
    # An exponent that is large enough for any pause, and that no number overflows.
    doubled: timedelta = policy.retry_backoff * 2 ** min(attempt - 1, 20)
    return min(doubled, LONGEST_PAUSE) * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311


def _is_meant(policy: RunPolicy, error: BaseException | None) -> bool:
    if not policy.retry_on:
        return error is None or isinstance(error, Exception)
    # A limit that struck hard left no exception: it is named as the one that strikes softly.
    kind = SoftTimeLimitExceeded if error is None else type(error)
    return any(name in policy.retry_on for each in kind.__mro__ for name in _names(each))


def _names(kind: type) -> tuple[str, ...]:
    full = f"{kind.__module__}.{kind.__qualname__}"
    return (full, kind.__qualname__) if kind.__module__ == "builtins" else (full,)
