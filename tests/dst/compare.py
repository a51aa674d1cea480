"""Cron beside the oracle around one instant."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from beat_schedule.schedules import Cron

from .oracle import MINUTE, Job, due_minutes, wall_minutes

#: What is asked around every transition: fixed times, wildcards and steps, in and about every gap
#: and repeated span there is, midnight ones among them; and every way to name days.
EXPRESSIONS = (
    "0 0 * * *",
    "30 0 * * *",
    "30 1 * * *",
    "0 2 * * *",
    "30 2 * * *",
    "0 3 * * *",
    "15 23 * * *",
    "0 2,3 * * *",
    "10,40 0-4 * * *",
    "0 * * * *",
    "*/20 * * * *",
    "*/5 0-4 * * *",
    "*/30 1-3 * * *",
    "0 */2 * * *",
    "30 2 * * 0",
    "0 0 1-7 * 0",
    "15 2 29-31 * 6",
    "0 1 */2 * 0",
    "45 2 L * *",
    "5 0 * 3,4,9-11 *",
)

AROUND = timedelta(days=1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where the two do not agree."""

    zone: str
    expression: str
    around: datetime
    missing: tuple[datetime, ...]
    extra: tuple[datetime, ...]

    def __str__(self) -> str:
        missing = ", ".join(f"{at:%d %H:%M}" for at in self.missing) or "none"
        extra = ", ".join(f"{at:%d %H:%M}" for at in self.extra) or "none"
        place = f"{self.zone} at {self.around:%Y-%m-%d %H:%M} UTC, {self.expression!r}"
        return f"{place}: missing {missing}; extra {extra}"


def differences(
    zone: ZoneInfo, around: datetime, expressions: tuple[str, ...] = EXPRESSIONS
) -> tuple[int, list[Difference]]:
    """How many due times the oracle names about that instant, and where Cron names others."""
    after, until = around - AROUND, around + AROUND
    walls = wall_minutes(zone, after, until)
    count, found = 0, []
    for expression in expressions:
        theirs = [after + minute * MINUTE for minute in due_minutes(Job(expression), walls)]
        ours = list(Cron(expression, zone).between(after, until))
        count += len(theirs)
        if ours != theirs:
            found.append(
                Difference(
                    zone=zone.key,
                    expression=expression,
                    around=around,
                    missing=tuple(sorted({*theirs} - {*ours})),
                    extra=tuple(sorted({*ours} - {*theirs})),
                )
            )
    return count, found
