"""What keeps an installation from deciding what is due, as Redis shows it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from beat_schedule.clock import STRANGE
from beat_schedule.dispatch.card import UNHEARD
from beat_schedule.dispatch.operator import Sight
from beat_schedule.errors import Problem
from beat_schedule.keys import MAIN

#: With a beat at work the cursor moves every second.
STALE_AFTER = timedelta(seconds=10)

CURSOR = "`hookbeat cursor` tells more"

CLOCK = "set the clock right that is wrong (NTP); it goes on by itself"
BEGINS = "look again in a second: it has just begun, unless Redis takes long to answer"


def obstacles(sight: Sight) -> Iterator[Problem]:
    """Whatever keeps due times of a clock from being decided now."""
    for problem in _obstacles(sight):
        of = "" if sight.clock == MAIN else f"clock {sight.clock}: "
        yield replace(problem, reason=f"{of}{problem.reason}")


def _obstacles(sight: Sight) -> Iterator[Problem]:
    if sight.leader is None:
        yield why_nobody_leads(sight)
    elif sight.leader.card.doubt:
        yield Problem(
            "beats",
            f"the leader decides nothing: {sight.leader.card.doubt}",
            BEGINS if sight.leader.card.doubt == UNHEARD else CLOCK,
        )
    if sight.cursor is None:
        cure = "the first pass of a beat begins the history"
        yield Problem("cursor", "nothing was ever looked at", cure)
        return
    behind = sight.now - sight.cursor
    if behind > STALE_AFTER:
        for_so_long = timedelta(seconds=behind // timedelta(seconds=1))
        yield Problem("cursor", f"nothing was looked at for {for_so_long}", CURSOR)
    elif -behind > STRANGE:
        yield Problem("cursor", "the cursor is ahead of Redis's clock", CURSOR)


def why_nobody_leads(sight: Sight) -> Problem:
    """With what to do about it."""
    if sight.owner:
        return Problem(
            "beats",
            f"nobody leads: {sight.owner} holds the lease and does not show itself",
            "a beat that stands by takes it after 5 s, else start one (`celery -A APP beat`)",
        )
    if any(beat.generation == sight.generation for beat in sight.beats):
        cure = "a beat that stands by takes it"
        return Problem("beats", "nobody leads yet: the lease is free", cure)
    if sight.beats:
        return Problem(
            "beats",
            "nobody leads: the beats declare other entries than those in force",
            "restart them with the hooks that are to be in force",
        )
    return Problem("beats", "nobody leads", "start a beat (`celery -A APP beat`)")
