"""Every metric there is: its name, what it says, and its labels."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number that is as it is now."""

    words: str
    labels: tuple[str, ...] = ()


#: Names without the `hookbeat_` before them.
GAUGES: Mapping[str, Gauge] = {
    "up": Gauge("Whether Redis, or the database, could be asked", ("part",)),
    "driven_by_cron": Gauge("Whether no beat lives, and `hookbeat run-due` makes the passes"),
    "leader": Gauge("Whether a beat leads", ("clock",)),
    "leader_since_seconds": Gauge("When it took the lead, in seconds since 1970", ("clock",)),
    "beats": Gauge("Beats that lead, stand by, or are silent", ("clock", "role")),
    "scheduling_debt_seconds": Gauge(
        "Age of the oldest due time that may not be decided", ("clock",)
    ),
    "last_pass_seconds": Gauge("Seconds since every entry was looked at", ("clock",)),
    "owing_entries": Gauge("Entries with due times that could not be decided yet", ("clock",)),
    "journal_lines": Gauge("Decisions that the database does not have yet", ("clock",)),
    "workers": Gauge("Workers that live, or are silent", ("state",)),
    "worker_slots": Gauge("Runs that a worker can carry out at once", ("worker",)),
    "worker_busy": Gauge("Runs that a worker has in hand", ("worker",)),
    "clock_offset_seconds": Gauge("By how much a clock is ahead of Redis's", ("whose",)),
    "queue_depth": Gauge("Messages that wait in a queue", ("queue",)),
    "queue_oldest_seconds": Gauge("Age of the oldest of them; 0 where none waits", ("queue",)),
    "queue_workers": Gauge("Living workers that take a queue", ("queue",)),
    "held": Gauge("Whether everything is held"),
    "held_entries": Gauge("Entries that are held by themselves"),
    "features_off": Gauge("Features that are off"),
    "entries_failing": Gauge("Entries whose last run failed; of more than 100 it says 100"),
    "entry_failing": Gauge("1 for each of them", ("entry",)),
    "missed_24h": Gauge("Due times of the last 24 hours that were missed"),
    "incidents": Gauge("Incidents that are not over", ("kind",)),
    "runs_open": Gauge("Runs that run, or wait for their next attempt", ("state",)),
}

#: What ended since this process began: these only rise.
RUNS = "runs"
DURATION = "run_duration_seconds"
LATENESS = "run_queued_delay_seconds"
WAITING = "run_started_delay_seconds"
CHANGES = "leader_changes"

TALLIES: Mapping[str, Gauge] = {
    RUNS: Gauge("Runs that ended", ("queue", "outcome")),
    DURATION: Gauge("How long the last attempt of a run took", ("queue",)),
    LATENESS: Gauge("From the due time until it was sent", ("queue",)),
    WAITING: Gauge("From the sending until a worker started it", ("queue",)),
    CHANGES: Gauge("How often another beat was seen to lead", ("clock",)),
}


def named(name: str) -> str:
    return f"hookbeat_{name}"
