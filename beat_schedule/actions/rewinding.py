"""Setting the cursors back, so that what is due since is decided again."""

from datetime import datetime

from beat_schedule.decisions import EVERYTHING
from beat_schedule.dispatch.operator import Change, Operator


def set_back(operator: Operator, to: datetime, *, by: str, why: str) -> int:
    """Set every cursor, and at most there every entry; how many entries moved."""
    before = operator.look().cursor
    moved = operator.reset(to)
    change = Change(
        action="cursor reset",
        target=EVERYTHING,
        who=by,
        why=why,
        before={"cursor": before.isoformat()} if before else None,
        after={"cursor": to.isoformat(), "entries": moved},
    )
    operator.note(change)
    return moved
