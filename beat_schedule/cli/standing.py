"""How it all stands: as Redis has it or, while Redis is away, as the record had it last."""

import json
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

import click

from beat_schedule.actions import Health, health_of, operator_of
from beat_schedule.clock import SystemClock
from beat_schedule.decisions import Checkpoint, Hold, in_force
from beat_schedule.dispatch.operator import Sight
from beat_schedule.errors import BrokerError, StoreError
from beat_schedule.keys import MAIN
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_sessions
from beat_schedule.store.journal import Journal
from beat_schedule.translate import load

from .record import engine_of


@dataclass(frozen=True, slots=True)
class Standing:
    """What could be learned, and from where."""

    #: None while Redis cannot be asked.
    sight: Sight | None
    #: Those in force; while Redis is away, those on record.
    holds: Sequence[Hold]
    #: Only looked up while Redis is away.
    checkpoint: Checkpoint | None = None
    #: Why Redis could not be asked.
    away: str = ""
    #: Up to where the clocks were looked at that were asked for.
    cursors: Sequence[datetime] = ()

    @property
    def behind(self) -> timedelta | None:
        """How far the cursor is behind Redis's now; None where either is not known."""
        if self.sight is None or self.sight.cursor is None:
            return None
        return self.sight.now - self.sight.cursor

    def health(self, settings: Settings) -> Health:
        """By the last pass that is known of."""
        if self.sight:
            oldest = min(self.cursors, default=self.sight.cursor)
            return health_of(oldest, self.sight.now, settings)
        cursor = self.checkpoint.cursor if self.checkpoint else None
        return health_of(cursor, SystemClock().now(), settings)

    def tell_what_is_away(self) -> None:
        if self.away:
            click.echo(
                f"{self.away}\nwhat follows is on record, and perhaps not the latest", err=True
            )

    def as_json(self) -> dict[str, Any]:
        return {"known_from": "redis" if self.sight else "record", "away": self.away or None}


def standing_of(settings: Settings, clocks: Collection[str] = (), *, of: str = MAIN) -> Standing:
    """Ask Redis, else the record; raises BrokerError when neither answers.

    All that is told is of one clock; of `clocks` it is asked up to where each was looked at.
    """
    try:
        with operator_of(settings) as operator:
            sight = operator.look(of)
            cursors = [operator.look(clock).cursor for clock in clocks]
    except BrokerError as away:
        return _on_record(settings, of, away)
    looked_at = [cursor for cursor in cursors if cursor]
    return Standing(sight, in_force(sight.holds, sight.now), cursors=looked_at)


def standings_of(settings: Settings) -> dict[str, Standing]:
    """The same of each clock that the code declares, the common one first."""
    declared = {entry.clock for entry in load(settings).entries}
    clocks = [MAIN] if MAIN in declared or not declared else []
    return {
        clock: standing_of(settings, of=clock) for clock in [*clocks, *sorted(declared - {MAIN})]
    }


def _on_record(settings: Settings, clock: str, away: BrokerError) -> Standing:
    try:
        with engine_of(settings) as engine:
            journal = Journal(make_sessions(engine), clock)
            holds, checkpoint = journal.holds(), journal.checkpoint()
    except StoreError as error:
        raise BrokerError(f"{away}\nand the record does not know either: {error}") from error
    return Standing(None, in_force(holds, SystemClock().now()), checkpoint, str(away))


def held_now(settings: Settings) -> Mapping[str, Hold]:
    """The holds in force by target, for who only mentions them; none while Redis is away."""
    with suppress(BrokerError), operator_of(settings) as operator:
        sight = operator.look()
        return {hold.target: hold for hold in in_force(sight.holds, sight.now)}
    return {}


def tell_each_clock(
    settings: Settings,
    problems_of: Callable[[Standing], Iterator[str]],
    print_: Callable[[Standing, list[str]], None],
    as_json_of: Callable[[Standing, list[str]], dict[str, Any]] | None,
) -> NoReturn:
    """Print how it stands with each clock, or one JSON text; exit 1 where there are problems."""
    standings = standings_of(settings)
    problems = {clock: list(problems_of(standing)) for clock, standing in standings.items()}
    if as_json_of:
        told = {clock: as_json_of(each, problems[clock]) for clock, each in standings.items()}
        click.echo(json.dumps(_by_clock(told), indent=2))
    else:
        for clock, standing in standings.items():
            if clock != MAIN:
                click.echo(f"clock {clock}:")
            print_(standing, problems[clock])
    sys.exit(1 if any(problems.values()) else 0)


def _by_clock(told: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What is told of each clock: of the first as it is, of the others by name."""
    first, *others = told
    return told[first] | {"clock": first, "clocks": {clock: told[clock] for clock in others}}
