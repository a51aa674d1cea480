"""The commands: where each is, and what its help begins with.

Each is imported when it is called or its own help is shown, so that all of them answer at once.
"""

from typing import NamedTuple


class Listed(NamedTuple):
    """A command as `hookbeat --help` lists it."""

    where: str
    what_for: str


COMMANDS = {
    "backfill": Listed(
        "backfill.backfill", "Send a run for each due time from FROM on and before TO, each once."
    ),
    "beats": Listed("beats.beats", "Show who leads, since when, and who stands by; of each clock."),
    "cancel": Listed(
        "cancel.cancel",
        "End a run: one that waits or was sent never starts, one that runs is told to stop.",
    ),
    "check": Listed("check.check", "Check the hooks: every event, option, expression and handler."),
    "clean": Listed(
        "clean.clean",
        "Take from the record what is older than HOOKBEAT_KEEP_RUNS and its like say.",
    ),
    "completion": Listed(
        "completion.completion",
        "Print what a shell needs to complete commands, options, entries, runs, features and "
        "queues.",
    ),
    "cursor": Listed(
        "cursor.cursor",
        "Show up to when every entry was looked at, how far that is behind, and what is owed.",
    ),
    "decisions": Listed(
        "decisions.decisions",
        "List what became of due times: sent, or not and why; of one entry or of all.",
    ),
    "doctor": Listed(
        "doctor.doctor",
        "Look at Redis, database, beats, workers, runs, hooks and mail; each finding with its "
        "cure.",
    ),
    "entry": Listed(
        "entry.entry",
        "Change entries without a deploy, and make others; changes take effect within seconds.",
    ),
    "feature": Listed(
        "feature.feature",
        "Show the features and switch them; a change takes effect on the next run.",
    ),
    "health": Listed(
        "health.health",
        "Ask whether the beat or the worker of this machine does its work: for health checks.",
    ),
    "incidents": Listed(
        "incidents.incidents",
        "List the entries that fail, those without a success in time, and those left out.",
    ),
    "init": Listed(
        "init.init",
        "Start a new project in this folder: hooks, a task, the app, a test, a local record.",
    ),
    "list": Listed(
        "entries.list_entries",
        "List the entries: key, task, event, schedule, next due time, queue.",
    ),
    "load": Listed(
        "load.load",
        "Show how much runs when: the week as a heat map, its busiest minutes, and how to flatten "
        "it.",
    ),
    "logs": Listed(
        "logs.logs", "Show everything about one run: its attempts, how it ended, and what it said."
    ),
    "maintenance": Listed(
        "maintenance.maintenance",
        "Hold everything but the entries that go on in maintenance, and let it go.",
    ),
    "make": Listed("make.make", "Make a file to begin with."),
    "metrics": Listed(
        "metrics.metrics", "Serve numbers for Prometheus: one process for the whole installation."
    ),
    "migrate": Listed(
        "migrate.migrate",
        "Make the tables of the record, or bring them up to date; give new features their rows.",
    ),
    "next": Listed(
        "next.next_due", "List the next due times, in UTC and by the entry's own clock."
    ),
    "pause": Listed(
        "holds.pause", "Send nothing for an entry: its due times are skipped, each with the reason."
    ),
    "pending": Listed(
        "pending.pending",
        "Show what waits in the queues, what was sent and has not started, and what is owed.",
    ),
    "plan": Listed(
        "plan.plan",
        "Tell which runs a change of the hooks adds, removes and moves over the next 12 months.",
    ),
    "purge": Listed(
        "purge.purge",
        "Remove messages from the queues: exactly those that are named, and were shown.",
    ),
    "ready-for-migration": Listed(
        "ready.ready_for_migration",
        "Tell whether code and tables may be changed: nothing runs, waits, or is in a queue.",
    ),
    "resume": Listed(
        "holds.resume", "Let an entry that was paused or is to be skipped be sent again."
    ),
    "run": Listed(
        "run.run", "Run an entry now; NAME is its key, or its task's path where that has one entry."
    ),
    "run-due": Listed(
        "run_due.run_due",
        "Decide what came due since the last pass, without a beat, and send it to the workers.",
    ),
    "runs": Listed(
        "runs.runs", "List the latest runs: how they ended, how far they are, when they go on."
    ),
    "scheduler": Listed("scheduler.scheduler", "Hold everything, let it go, and see what is held."),
    "simulate": Listed(
        "simulate.simulate_span",
        "Tell how a span to come will go: runs at once, waits, overlaps, and what an outage loses.",
    ),
    "skip": Listed(
        "holds.skip", "Leave out the next due time of an entry, and tell which that is."
    ),
    "spoiled": Listed(
        "spoiled.spoiled",
        "List the messages that no worker could read: they were set aside, and nothing ran.",
    ),
    "status": Listed(
        "status.status",
        "Show on one screen whether all is well: who leads, what waits, what failed or was missed.",
    ),
    "why": Listed(
        "why.why",
        "Tell what became of a due time and why, and what would keep one to come from running.",
    ),
}
