"""What one Redis has been through: which schedules stood when, what was sent, what is held."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from beat_schedule.clock import to_millis
from beat_schedule.decisions import Checkpoint

from .plans import Spec


@dataclass(slots=True)
class Segment:
    """An entry on one schedule: what is due in (after, until] of it is to be decided."""

    spec: Spec
    after: int
    until: int | None = None
    #: Until the cursor was here it had another spread.
    respread_at: int = 0
    #: The longest it had until then, in ms.
    longest: int = 0

    def is_over(self, spec: Spec, at: int) -> bool:
        """Whether an entry that is declared so, and put back to there, is on a new one."""
        return self.spec.schedule != spec.schedule or (self.until is not None and self.until < at)

    def respread(self, spec: Spec, cursor: int) -> None:
        """From here on of the cursor it has another spread, and the same schedule."""
        if spec.delay < self.spec.delay:
            self.respread_at = cursor
            self.longest = max(self.longest, self.spec.delay)
        self.spec = spec

    def shorten(self, spec: Spec, at: int, cursor: int) -> None:
        """Forgive what a Redis passes over that is lost while a shorter spread is deployed.

        Nobody knows the longer spread any more, for which the cursor was not far enough.
        """
        is_later = self.respread_at >= cursor
        delay = max(self.spec.delay, self.longest if is_later else 0)
        looked_at = cursor - delay
        if self.until is None and spec.delay < delay and looked_at < at:
            self.until = looked_at


@dataclass(slots=True)
class History:
    """It goes back where Redis does; instants in ms."""

    segments: dict[str, list[Segment]] = field(default_factory=dict)
    #: Entry and due time of whatever was sent by decision.
    sent: set[tuple[str, int]] = field(default_factory=set)
    #: As they were last said to be, by target: kind, until, version.
    holds: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Every place of the cursor, in ms.
    cursors: set[int] = field(default_factory=set)
    generations: set[str] = field(default_factory=set)
    in_force: str = ""
    #: Nothing is known of what stands in Redis: it was wiped, and is not restored yet.
    is_lost: bool = False
    #: What stands in Redis is somebody else's.
    is_foreign: bool = False

    def expected(self, entry: str, after: int, until: int) -> list[int]:
        """Due times of an entry in (after, until], by the schedules it had when."""
        found: list[int] = []
        for segment in self.segments.get(entry, ()):
            end = until if segment.until is None else min(until, segment.until)
            found += segment.spec.due(max(after, segment.after), end)
        return found

    def open(self, entry: str) -> Segment | None:
        """The schedule it is on; None for one that is not declared."""
        segments = self.segments.get(entry)
        return segments[-1] if segments and segments[-1].until is None else None

    def delay(self, entry: str) -> int:
        """The longest spread it ever had."""
        return max(segment.spec.delay for segment in self.segments[entry])

    def go_on_with(self, entry: str, spec: Spec, last: int, cursor: int) -> None:
        """What was declared before is lost: it counts as it is declared now."""
        segments = self.segments.setdefault(entry, [])
        if segments:
            segments[-1].shorten(spec, last, cursor)
        if not segments or segments[-1].is_over(spec, last):
            segments.append(Segment(spec, after=last))
        current = segments[-1]
        # It may be put back to a little before its beginning, by its spread.
        current.spec, current.after, current.until = spec, min(current.after, last), None
        for earlier in segments[:-1]:
            earlier.until = min(earlier.until or last, last)

    def close_the_undeclared(self, plan: Mapping[str, Spec], checkpoint: Checkpoint) -> None:
        """What the restoring leader does not declare is due no more after the checkpoint.

        Also where it was retired later: what was decided since is lost with its journal.
        """
        assert checkpoint.cursor
        for entry in self.segments.keys() - plan.keys():
            owed = checkpoint.owing.get(entry)
            for segment in self.segments[entry]:
                cursor = to_millis(checkpoint.cursor) - segment.spec.delay
                known = to_millis(owed.due_at) - 1 if owed else cursor
                segment.until = known if segment.until is None else min(segment.until, known)
