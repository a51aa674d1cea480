"""Keeping the record small: a task for anybody's hooks.

`"daily_maintenance": ["beat_schedule.housekeeping.clean"]`, or call it from a task of your own.
"""

from collections.abc import Iterable
from datetime import timedelta

from beat_schedule.entries import Entry
from beat_schedule.policies import Log
from beat_schedule.runs.context import RunContext
from beat_schedule.settings import Settings
from beat_schedule.store.keeping import DAY, LEAST, Keep
from beat_schedule.store.retention import Cleaning
from beat_schedule.translate import load


def clean(context: RunContext) -> None:
    """Take from the record what is older than `HOOKBEAT_KEEP_…` say; reports how many rows went.

    It commits in small steps by the run's own session, and shows as progress how far it is.
    """
    settings = context.settings
    keep = keep_of(settings, load(settings).entries)
    cleaning = Cleaning(context.session, keep, context.clock.now(), context.progress)
    context.report(**cleaning.clean().counts())


def keep_of(settings: Settings, entries: Iterable[Entry]) -> Keep:
    """What the settings say, and no less than the entries need."""
    entries = tuple(entries)
    # A message that no worker has acknowledged comes back when the longest run and the one before
    # it must be over.
    timeouts = [*settings.queue_timeouts.values()]
    timeouts += [entry.timeout for entry in entries if entry.timeout]
    least = max(LEAST, 2 * max(timeouts) + DAY)
    runs = timedelta(days=settings.keep_runs)
    return Keep(
        runs=runs,
        failures=max(runs, timedelta(days=settings.keep_failures)),
        per_entry=settings.keep_per_entry,
        decisions=timedelta(days=settings.keep_decisions),
        brief=frozenset(entry.key for entry in entries if entry.run_policy.log is Log.FAILURES),
        # A Redis that went back has what is so late decided, and sent, once more.
        least={entry.key: max(least, entry.policy.catch_up_window + DAY) for entry in entries},
        least_of_others=least,
    )
