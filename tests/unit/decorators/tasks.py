"""What the tests of decorators decorate, and with what."""

import enum
import functools
import itertools

from beat_schedule import cron_context, cron_require_feature, log_cron


class FeatureToggle(enum.Enum):
    SYNC = "Index what has changed"


def decorated(order, function):
    """The function under these decorators, the first of them outermost."""
    for decorator in reversed(order):
        function = decorator(function)
    return function


EVERY_ORDER = list(
    itertools.permutations([cron_context, log_cron, cron_require_feature(FeatureToggle.SYNC)])
)


def a_task():
    """A task of the kind that the seed has, and what it was called with."""
    called = []

    def synchronize(app, kind="loans"):
        """Index them."""
        called.append((app, kind))
        return kind

    return synchronize, called


def others(function):
    """Somebody else's decorator."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper
