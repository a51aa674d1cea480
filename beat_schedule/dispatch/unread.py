"""What is declared no longer; but while a module cannot be read nobody knows what that is."""

from datetime import datetime, timedelta

from beat_schedule import logs
from beat_schedule.clock import from_millis

from .roster import Roster
from .state import State
from .values import Owing

#: Entries in one call.
AT_ONCE = 1000

log = logs.logger("hookbeat.beat")


def part_with(state: State, grant: str, roster: Roster, now: datetime) -> None:
    """Retire what is declared no longer.

    While that is not known what is due to it is owed, from where it was decided on: it is decided
    when all can be read again.
    """
    if not roster.unread:
        state.retire(grant, roster.keys())
        return
    owing = _owing(state, roster, now)
    items = list(owing.items())
    for start in range(0, len(items), AT_ONCE):
        chunk = dict(items[start : start + AT_ONCE])
        state.advance(grant, state.cursor() or now, chunk, ())
    log.error("entries.unread", entries=len(owing), reason=roster.unread)


def _owing(state: State, roster: Roster, now: datetime) -> dict[str, Owing]:
    """What is not owed yet of what was taken up, and is not listed now."""
    marks = state.redis.hgetall(state.keys.declared)
    # A retired one has `-|` before the time, one that was just made at run time `+|`.
    taken_up = {key.decode() for key, mark in marks.items() if mark[:1] not in {b"-", b"+"}}
    owed = {key.decode() for key in state.redis.hkeys(state.keys.owing)}
    # What has another key since is decided under that.
    missing = sorted(taken_up - owed - {*roster.every_key()})
    if not missing:
        return {}
    lasts = state.redis.hmget(state.keys.last, missing)
    return {
        key: Owing(from_millis(last) + timedelta(milliseconds=1), now, roster.unread)
        for key, last in zip(missing, lasts, strict=True)
        if last
    }
