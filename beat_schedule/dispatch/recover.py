"""A Redis that was wiped, swapped or is new, known by its install id before any decision."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from beat_schedule import logs
from beat_schedule.decisions import Checkpoint, Definition, Hold
from beat_schedule.errors import RecordAwayError

from .definitions import bring
from .state import State
from .values import Declared, Owing

#: An entry that was made so shortly before the checkpoint may have come to Redis only after it.
LATELY = timedelta(minutes=1)

log = logs.logger("hookbeat.beat")


class History(Protocol):
    """What a new leader asks of the record; every method raises RecordAwayError."""

    def checkpoint(self) -> Checkpoint | None: ...
    def begin(self, install: str) -> str: ...
    def decided_after(self, cursor: datetime) -> Mapping[str, datetime]: ...
    def holds(self) -> Sequence[Hold]: ...
    def definitions(self, after: int, most: int) -> Sequence[Definition]: ...


def recover(
    state: State,
    record: History,
    grant: str,
    declared: Callable[[], Sequence[Declared]],
    known: str = "",
) -> str:
    """Make sure that this Redis goes on where its own history stopped; returns its install id.

    Redis's own cursor wins where it has one, even an older one. `declared` is asked once Redis has
    what operators say; `known` is the install id that the caller is sure of. Raises RecordAwayError
    when it needs the record and cannot have it: then nothing may be decided yet, and nothing is
    lost.
    """
    install, cursor = state.install(), state.cursor()
    try:
        checkpoint = record.checkpoint()
        if checkpoint and install not in {"", checkpoint.install}:
            # Another history; in an empty one may stand what people said meanwhile.
            state.forget(grant)
        # Not earlier: what people said to the other history until then is in the record alone.
        holds = record.holds()
        # Before Redis is named as ours: whoever finds it so may look no further. The newer version
        # wins, so that a Redis that went back does not undo a resume.
        bring(state, record)
        here = declared()
        state.restore_holds(grant, [*holds, *_inherited(holds, here)])
        if checkpoint is None:
            _begin(state, record, grant, install, cursor)
        elif install != checkpoint.install or (checkpoint.cursor and not cursor):
            _restore(state, record, grant, checkpoint, here)
    except RecordAwayError as away:
        if not (install and cursor) or known != install:
            raise
        log.warning("record.away", part="lease", reason=str(away))
    return state.install()


def _begin(
    state: State, record: History, grant: str, install: str, cursor: datetime | None
) -> None:
    """A database that never had a checkpoint: it joins the history that Redis has, or a new one."""
    install = record.begin(install or uuid.uuid4().hex)
    state.name(grant, install, cursor)
    log.info("install.named", install=install)


def _restore(
    state: State, record: History, grant: str, checkpoint: Checkpoint, declared: Sequence[Declared]
) -> None:
    """Put back what the record knows: a due time after the checkpoint is decided once more."""
    log.critical("redis.restored", install=checkpoint.install, cursor=str(checkpoint.cursor))
    if cursor := checkpoint.cursor:
        spread = max((each.spread for each in declared), default=timedelta(0))
        made = state.announced()
        lately = {entry: at for entry, at in made.items() if cursor - LATELY < at < cursor}
        newest = record.decided_after(min([cursor - spread, *lately.values()]))
        known = [*declared, *_retired(checkpoint, declared)]
        looked_at = [
            (each, min(cursor - each.spread, lately.get(each.entry, cursor))) for each in known
        ]
        entries = [
            (each, *_standing(each, at, cursor, checkpoint, newest)) for each, at in looked_at
        ]
        state.restore(grant, entries)
    state.name(grant, checkpoint.install, checkpoint.cursor)


def _inherited(holds: Sequence[Hold], declared: Sequence[Declared]) -> Iterator[Hold]:
    """Of entries that have another key now, and were never held under that."""
    by_target = {hold.target: hold for hold in holds}
    for each in declared:
        former = [by_target[name] for name in each.formerly if name in by_target]
        if former and each.entry not in by_target:
            newest = max(former, key=lambda hold: hold.version)
            yield replace(newest, target=each.entry)


def _retired(checkpoint: Checkpoint, declared: Sequence[Declared]) -> list[Declared]:
    """Entries that owe and are declared no longer: whoever leads writes down what becomes of it."""
    here = {name for each in declared for name in (each.entry, *each.formerly)}
    return [Declared(entry, timedelta(0), "") for entry in checkpoint.owing if entry not in here]


def _standing(
    each: Declared,
    last: datetime,
    cursor: datetime,
    checkpoint: Checkpoint,
    decided: Mapping[str, datetime],
) -> tuple[datetime, Owing | None]:
    """Up to where an entry is decided, and what it owes; `last` is how far it was looked at."""
    names = (each.entry, *each.formerly)
    newest = max((decided[name] for name in names if name in decided), default=None)
    owed = next((checkpoint.owing[name] for name in names if name in checkpoint.owing), None)
    if owed:
        last = owed.due_at - timedelta(milliseconds=1)
    # What was decided of it since; the rest is owed still.
    last = max(last, newest) if newest else last
    if not owed and last >= cursor - each.spread:
        return last, None
    why = owed.why if owed else "it was just made"
    return last, Owing(last + timedelta(milliseconds=1), cursor, why)
