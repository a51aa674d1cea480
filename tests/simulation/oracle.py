"""What must have been decided, by the history of declared sets; and every promise, checked."""

import json
import uuid
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.decisions import Checkpoint, Decided, Decision
from beat_schedule.dispatch.values import hold_text
from beat_schedule.entries import run_id

from .allowed import Judge
from .plans import Spec
from .watcher import Sight, Step, instant, said

if TYPE_CHECKING:
    from .world import Process, World

#: A beat that has not shown itself for so long is gone; nothing is asked of those near it.
LIFE = 10_000

#: A waiting token may outlive its run by so many looks of the reconciler.
LOOKS = 3


class ViolationError(BaseException):
    """A promise is broken. Not an Exception: the code under test must not swallow it."""


@dataclass(slots=True)
class Segment:
    """An entry on one schedule: what is due in (after, until] of it is to be decided."""

    spec: Spec
    after: int
    until: int | None = None
    #: Until the cursor was here it had another spread.
    respread_at: int = 0


@dataclass(slots=True)
class History:
    """What one Redis has been through: it goes back where Redis does."""

    segments: dict[str, list[Segment]] = field(default_factory=dict)
    #: Entry and due time of whatever was sent by decision.
    sent: set[tuple[str, int]] = field(default_factory=set)
    #: As they were last said to be, by target: kind, until, version.
    holds: dict[str, dict[str, Any]] = field(default_factory=dict)
    generations: set[str] = field(default_factory=set)
    in_force: str = ""
    #: Nothing is known of what stands in Redis: it was wiped, and is not restored yet.
    is_lost: bool = False
    #: What stands in Redis is somebody else's.
    is_foreign: bool = False


class Oracle:
    """Judges each step; raises ViolationError with a sentence."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.history = History()
        #: Who drew a grant, for ever.
        self._owners: dict[str, Process] = {}
        self._seen_at: dict[Process, int] = {}
        self._leaving: set[Process] = set()
        #: Before this, who lives is not certain.
        self.blurred_until = 0
        self._kept_to = 0
        #: Redis went back behind a checkpoint that stands: what is decided anew up to there,
        #: perhaps by other schedules, is lost with a Redis that is wiped before it is drained.
        self.forgiven_to = 0
        #: Waiting tokens whose run has ended, and how many looks ago.
        self._stale: dict[tuple[str, str], int] = {}
        self.counts = {"due": 0, "sent": 0, "lost": 0, "doubled": 0}

    # What is due

    def expected(self, entry: str, after: int, until: int) -> list[int]:
        """Due times of an entry in (after, until], by the schedules it had when."""
        found: list[int] = []
        for segment in self.history.segments.get(entry, ()):
            end = until if segment.until is None else min(until, segment.until)
            found += segment.spec.due(max(after, segment.after), end)
        return found

    def open(self, entry: str) -> Segment | None:
        """The schedule it is on; None for one that is not declared."""
        segments = self.history.segments.get(entry)
        return segments[-1] if segments and segments[-1].until is None else None

    # What happens to Redis

    def snapshot(self) -> History:
        return deepcopy(self.history)

    def went_back(self, to: History) -> None:
        self.history = deepcopy(to)
        checkpoint = self.world.ledger.checkpoint()
        if checkpoint and checkpoint.cursor:
            self.forgiven_to = max(self.forgiven_to, to_millis(checkpoint.cursor))
        self.blur()

    def wiped(self, *, is_foreign: bool = False) -> None:
        """Nothing is left; where the record has a checkpoint, what was due is due still."""
        history = self.history
        checkpoint = self.world.ledger.checkpoint()
        is_known = checkpoint is not None and checkpoint.cursor is not None
        segments = history.segments if is_known else {}
        self.history = History(
            segments=segments, holds=self._recorded_holds(), is_lost=True, is_foreign=is_foreign
        )
        self.blur()

    def blur(self) -> None:
        self.blurred_until = self.world.now + LIFE + 2000

    # What is seen

    def watched(self, process: "Process") -> None:
        """A beat showed that it lives, and what it carries."""
        mine, history = process.generation, self.history  # type: ignore[attr-defined]
        self._seen_at[process] = self.world.now
        if mine in history.generations and self._carriers(LIFE + 1000):
            if not self._carriers(LIFE - 1000):
                self.blur()
            return
        history.generations.add(mine)
        history.in_force = mine

    def leaves(self, process: "Process") -> None:
        """It says goodbye; whether it is heard is seen."""
        self._leaving.add(process)

    def left(self, process: "Process") -> None:
        """It is gone; if nobody heard its goodbye, the others count it for a while."""
        if process in self._seen_at:
            self.blur()

    def saw(self, step: Step) -> None:
        """A script took effect."""
        handle = getattr(self, f"_{step.name}", None)
        if step.name not in {"hold", "take", "release", "now", "reset"}:
            self._fence(step)
        if handle:
            handle(step)
        if step.name != "decide" and step.name not in {"resend", "now"} and step.messages:
            self._broken(step, f"{step.name} sent {step.messages}")
        self._never_falls(step)
        if step.name in {"adopt", "decide", "advance"} and not self.history.is_lost:
            self._decided_or_owing(step)

    def drained(self, line: Decided) -> None:
        """A line left the journal."""
        for due in {to_millis(line.first_due), to_millis(line.last_due)}:
            if self.world.ledger.of(line.entry, due) is None:
                raise ViolationError(f"I7: {line.entry} {instant(due)} left no record")

    def kept(self, checkpoint: Checkpoint | None) -> None:
        """I7: everything up to a checkpoint is in the record, or owed there."""
        standing = self.world.ledger.checkpoint()
        if checkpoint is None or standing is not checkpoint or checkpoint.cursor is None:
            return
        if self.history.is_lost:
            return
        after, self._kept_to = self._kept_to, max(self._kept_to, to_millis(checkpoint.cursor))
        for entry in self.history.segments:
            delay = self._delay(entry)
            owed = checkpoint.owing.get(entry)
            for due in self.expected(entry, after - delay, self._kept_to - delay):
                is_owed = owed is not None and to_millis(owed.due_at) <= due
                if not is_owed and self.world.ledger.of(entry, due) is None:
                    at = instant(self._kept_to)
                    raise ViolationError(f"I7: checkpoint {at} covers {entry} {instant(due)}")

    def reconciled(self) -> None:
        """A reconciler looked, everything answering: no token outlives its run for long (I6)."""
        ledger, before = self.world.ledger, self._stale
        self._stale = {}
        tokens = self.world.watcher.waiting()
        for entry, run in tokens.items():
            if ledger.settled([run]):
                looks = before.get((entry, str(run)), 0) + 1
                if looks > LOOKS:
                    raise ViolationError(f"I6: {entry} keeps a waiting token of {run}, which ended")
                self._stale[entry, str(run)] = looks

    # Each kind of step

    def _fence(self, step: Step) -> None:
        owner = self._owners.get(step.before.grant)
        if owner is not step.strand.process:
            who = owner.name if owner else "nobody"
            self._broken(step, f"wrote although the lease is {who}'s")

    def _take(self, step: Step) -> None:
        if not step.answer[0]:
            return
        process = step.strand.process
        if self._owners.setdefault(step.after.grant, process) is not process:
            self._broken(step, f"got a grant of {self._owners[step.after.grant].name}")
        self._generation(step, process)

    def _release(self, step: Step) -> None:
        if step.strand.process in self._leaving:
            self._seen_at.pop(step.strand.process, None)

    def _generation(self, step: Step, process: "Process") -> None:
        """A known set of entries leads only when no live beat carries the one in force."""
        mine, history = process.generation, self.history  # type: ignore[attr-defined]
        is_certain = self.world.now > self.blurred_until
        if mine != history.in_force and is_certain and (carriers := self._carriers(LIFE - 1000)):
            self._broken(step, f"leads with an older set, though {carriers} carry the newer")
        history.in_force = mine

    def _carriers(self, life: int) -> list[str]:
        """Beats that carry the set in force and were seen within so many ms."""
        return [
            each.name
            for each, at in self._seen_at.items()
            if each.generation == self.history.in_force  # type: ignore[attr-defined]
            and self.world.now - at < life
        ]

    def _hold(self, step: Step) -> None:
        self.history.holds.update(step.after.hold)

    def _restore(self, step: Step) -> None:
        self._learn_holds(step.after)
        plan = {spec.key: spec for spec in step.strand.process.plan}  # type: ignore[attr-defined]
        restored = [entry for entry in step.after.last if entry not in step.before.last]
        for entry in filter(plan.__contains__, restored):
            self._put_back(step, entry)
            self._go_on_with(entry, plan[entry], step.after.last[entry])
        if restored:
            self._close_the_undeclared(plan)

    def _close_the_undeclared(self, plan: Mapping[str, Spec]) -> None:
        """What the restoring leader does not declare is due no more after the checkpoint."""
        checkpoint = self.world.ledger.checkpoint()
        assert checkpoint
        assert checkpoint.cursor
        for entry in self.history.segments:
            current = self.open(entry)
            if current and entry not in plan:
                owed = checkpoint.owing.get(entry)
                cursor = to_millis(checkpoint.cursor) - current.spec.delay
                current.until = to_millis(owed.due_at) - 1 if owed else cursor

    def _go_on_with(self, entry: str, spec: Spec, last: int) -> None:
        """What was declared before is lost: it counts as it is declared now."""
        segments = self.history.segments.setdefault(entry, [])
        if not segments or segments[-1].spec.schedule != spec.schedule:
            segments.append(Segment(spec, after=last))
        current = segments[-1]
        # It may be put back to a little before its beginning, by its spread.
        current.spec, current.after, current.until = spec, min(current.after, last), None
        for earlier in segments[:-1]:
            earlier.until = min(earlier.until or last, last)

    def _begin(self, step: Step) -> None:
        history = self.history
        if step.after.cursor is not None or not step.after.last:
            history.is_lost = False
        if history.is_foreign:
            # What somebody said to another installation's Redis was not said to ours.
            history.is_foreign, history.holds = False, self._recorded_holds()

    def _adopt(self, step: Step) -> None:
        self.history.is_lost = False
        plan = {spec.key: spec for spec in step.strand.process.plan}  # type: ignore[attr-defined]
        for entry, text in step.after.declared.items():
            if entry in plan and step.before.declared.get(entry) != text:
                self._declare(step, entry, plan[entry])

    def _declare(self, step: Step, entry: str, spec: Spec) -> None:
        """An entry is new, or declared otherwise than before."""
        segments = self.history.segments.setdefault(entry, [])
        current = self.open(entry)
        before, after = step.before.last.get(entry), step.after.last[entry]
        if current and current.spec.schedule == spec.schedule:
            if before is not None and after != before:
                self._broken(step, f"{entry}: last moved by {after - before} for no new schedule")
            if before is None:
                self._put_back(step, entry)
            if spec.delay < current.spec.delay:
                current.respread_at = step.before.cursor or 0
            current.spec = spec
            return
        floor = step.now
        if before is not None:
            spread = current.spec.delay if current else spec.delay
            floor = max(before, (step.before.cursor or 0) - spread)
        if after != floor:
            self._broken(step, f"{entry} starts at {instant(after)} and not at {instant(floor)}")
        if current:
            current.until = floor
            self._covered(step, entry, before or floor, floor)
        segments.append(Segment(spec, after=floor, respread_at=step.before.cursor or 0))

    def _retire(self, step: Step) -> None:
        for entry, text in step.after.declared.items():
            if text.startswith("-|") and (current := self.open(entry)):
                current.until = step.before.last.get(entry, current.after)

    def _covered(self, step: Step, entry: str, after: int, until: int) -> None:
        lines = [line for line in step.lines if line.entry == entry]
        for due in self.expected(entry, after, until):
            if not any(to_millis(a.first_due) <= due <= to_millis(a.last_due) for a in lines):
                self._broken(step, f"{entry} {instant(due)} is passed over without a line")

    def _put_back(self, step: Step, entry: str) -> None:
        """A lost `last` is known again: what it passes over must be in the record."""
        for due in self.expected(entry, 0, step.after.last[entry]):
            if due > self.forgiven_to and self.world.ledger.of(entry, due) is None:
                self._broken(step, f"{entry} {instant(due)} is passed over by what was put back")

    def _decide(self, step: Step) -> None:
        entries = {line.entry for line in step.lines} | {entry for entry, _ in step.messages}
        entries |= {e for e, at in step.after.last.items() if step.before.last.get(e) != at}
        messages = list(step.messages)
        for entry in sorted(entries):
            lines = [line for line in step.lines if line.entry == entry]
            self._each_once(step, entry, lines)
            self._judge(step, entry, lines)
            for line in lines:
                due = to_millis(line.last_due)
                self.counts["due"] += line.count
                if line.decision is Decision.SENT:
                    self._sent(step, entry, due, messages)
        if messages:
            self._broken(step, f"messages without a line: {messages}")

    def _judge(self, step: Step, entry: str, lines: list[Decided]) -> None:
        plan = {spec.key: spec for spec in step.strand.process.plan}  # type: ignore[attr-defined]
        current = self.open(entry)
        if current is None or plan[entry].schedule != current.spec.schedule:
            self._broken(step, f"{entry} is decided on a schedule that was not taken up")
        if complaint := Judge(self, step, plan[entry], lines).complaint():
            self._broken(step, complaint)

    def _sent(self, step: Step, entry: str, due: int, messages: list[tuple[str, int]]) -> None:
        self.counts["sent"] += 1
        is_waiting = entry in step.before.active
        if (entry, due) in messages:
            messages.remove((entry, due))
        elif not is_waiting:
            self._broken(step, f"{entry} {instant(due)} is said to be sent, without a message")
        if (entry, due) in self.history.sent:
            self.counts["doubled"] += 1
            self._broken(step, f"{entry} {instant(due)} is sent a second time")
        self.history.sent.add((entry, due))

    def _each_once(self, step: Step, entry: str, lines: list[Decided]) -> None:
        """Each due time between the old and the new `last` is in one line of this step."""
        before, after = step.before.last[entry], step.after.last[entry]
        decided: list[int] = []
        for line in lines:
            first, last = to_millis(line.first_due), to_millis(line.last_due)
            dues = self.expected(entry, first - 1, last)
            if len(dues) != line.count or not dues or (dues[0], dues[-1]) != (first, last):
                self._broken(step, f"{said(line)} speaks of {list(map(instant, dues))}")
            decided += dues
        if decided != (due := self.expected(entry, before, after)):
            told, meant = list(map(instant, decided)), list(map(instant, due))
            self._broken(step, f"{entry}: decided {told}, due were {meant}")

    # After any step

    def _never_falls(self, step: Step) -> None:
        if step.name in {"begin", "restore", "reset"} or self.history.is_lost:
            return
        before, after = step.before, step.after
        if (before.cursor or 0) > (after.cursor or 0):
            self._broken(step, "the cursor fell")
        for entry, at in before.last.items():
            if after.last.get(entry, 0) < at:
                self._broken(step, f"last of {entry} fell")
        if step.name not in {"adopt", "decide"} and before.last != after.last:
            self._broken(step, "last moved")

    def _decided_or_owing(self, step: Step) -> None:
        """I3: every due time at or before the cursor is decided, or stands in owing."""
        if step.after.cursor is None:
            return
        for entry in self.history.segments:
            segment = self.open(entry)
            if segment is None or entry not in step.after.last:
                continue
            looked = step.after.cursor - segment.spec.delay
            after = max(step.after.last[entry], segment.respread_at)
            due = self.expected(entry, after, looked)
            if due and step.after.owing.get(entry, due[0] + 1) > due[0]:
                at = instant(step.after.cursor)
                self._broken(
                    step, f"I3: {entry} {instant(due[0])} is neither decided nor owed at {at}"
                )

    def _recorded_holds(self) -> dict[str, dict[str, Any]]:
        return {hold.target: json.loads(hold_text(hold)) for hold in self.world.ledger.holds()}

    def _learn_holds(self, sight: Sight) -> None:
        """Only a newer version may take the place of what was said before."""
        holds = self.history.holds
        for target, hold in sight.hold.items():
            if target in holds and hold["version"] < holds[target]["version"]:
                raise ViolationError(f"the hold of {target} went back to an older version")
            holds[target] = hold

    def run_of(self, entry: str, due: int) -> uuid.UUID:
        return run_id(entry, from_millis(due))

    def _delay(self, entry: str) -> int:
        return max(segment.spec.delay for segment in self.history.segments[entry])

    def _broken(self, step: Step, what: str) -> Any:
        raise ViolationError(f"{step.strand.name} {step.name}: {what}")
