"""What must have been decided, by the history of declared sets; and every promise, checked."""

import json
import uuid
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from beat_schedule.clock import from_millis, to_millis
from beat_schedule.decisions import Checkpoint, Decided, Decision
from beat_schedule.dispatch.values import hold_text
from beat_schedule.entries import run_id

from .allowed import Judge
from .history import History, Segment
from .invariants import Invariants, ViolationError, broken
from .plans import Spec
from .watcher import KEYS, Sight, Step, instant, said

if TYPE_CHECKING:
    from .world import Process, World

#: A beat that has not shown itself for so long is gone; nothing is asked of those near it.
LIFE = 10_000


class Oracle:
    """Judges each step; raises ViolationError with a sentence."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.history = History()
        self.invariants = Invariants(world)
        world.ledger.taken_over = self.invariants.taken_over
        #: Who drew a grant, for ever.
        self._owners: dict[str, Process] = {}
        self._seen_at: dict[Process, int] = {}
        self._leaving: set[Process] = set()
        #: Before this, who lives is not certain.
        self.blurred_until = 0
        #: Redis went back behind a checkpoint that stands: what is decided anew up to there,
        #: perhaps by other schedules, is lost with a Redis that is wiped before it is drained.
        self.forgiven_to = 0
        self.counts = {"due": 0, "sent": 0, "lost": 0, "doubled": 0}

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
        if step.after.cursor is not None:
            self.history.cursors.add(step.after.cursor)
        handle = getattr(self, f"_{step.name}", None)
        if step.name not in {"hold", "take", "release", "now", "reset"}:
            self._fence(step)
        if handle:
            handle(step)
        if step.name != "decide" and step.name not in {"resend", "now"} and step.messages:
            broken(step, f"{step.name} sent {step.messages}")
        self.invariants.saw(step, self.history)

    def kept(self, checkpoint: Checkpoint | None) -> None:
        """A checkpoint was written; by now Redis may be at an earlier state than it tells of.

        Or it has been put back since that was read, and goes on from an earlier checkpoint.
        """
        stands = int(self.world.line.one("GET", KEYS.cursor) or 0)
        cursor = to_millis(checkpoint.cursor) if checkpoint and checkpoint.cursor else 0
        if cursor and (stands < cursor or cursor not in self.history.cursors):
            self.forgiven_to = max(self.forgiven_to, cursor)
            return
        self.invariants.kept(checkpoint, self.history)

    # Each kind of step

    def _fence(self, step: Step) -> None:
        owner = self._owners.get(step.before.grant)
        if owner is not step.strand.process:
            who = owner.name if owner else "nobody"
            broken(step, f"wrote although the lease is {who}'s")

    def _take(self, step: Step) -> None:
        if not step.answer[0]:
            return
        process = step.strand.process
        if self._owners.setdefault(step.after.grant, process) is not process:
            broken(step, f"got a grant of {self._owners[step.after.grant].name}")
        self._generation(step, process)

    def _release(self, step: Step) -> None:
        if step.strand.process in self._leaving:
            self._seen_at.pop(step.strand.process, None)

    def _generation(self, step: Step, process: "Process") -> None:
        """A known set of entries leads only when no live beat carries the one in force."""
        mine, history = process.generation, self.history  # type: ignore[attr-defined]
        is_certain = self.world.now > self.blurred_until
        if mine != history.in_force and is_certain and (carriers := self._carriers(LIFE - 1000)):
            broken(step, f"leads with an older set, though {carriers} carry the newer")
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
        plan = step.strand.process.specs  # type: ignore[attr-defined]
        # Also what another beat had put back as it declares it, before it died.
        known = step.before.declared if step.before.last else {}
        restored = [
            entry
            for entry, text in step.after.declared.items()
            if entry not in step.before.last or known.get(entry) != text
        ]
        if not restored:
            return
        checkpoint = self.world.ledger.checkpoint()
        assert checkpoint
        assert checkpoint.cursor
        cursor = to_millis(checkpoint.cursor)
        for entry in filter(plan.__contains__, restored):
            self.history.go_on_with(entry, plan[entry], step.after.last[entry], cursor)
            self._put_back(step, entry)
        self.history.close_the_undeclared(plan, checkpoint)

    def _begin(self, step: Step) -> None:
        history = self.history
        if step.after.cursor is not None or not step.after.last:
            history.is_lost = False
        if history.is_foreign:
            # What somebody said to another installation's Redis was not said to ours.
            history.is_foreign, history.holds = False, self._recorded_holds()

    def _adopt(self, step: Step) -> None:
        self.history.is_lost = False
        plan = step.strand.process.specs  # type: ignore[attr-defined]
        for entry, text in step.after.declared.items():
            if entry in plan and step.before.declared.get(entry) != text:
                self._declare(step, entry, plan[entry])

    def _declare(self, step: Step, entry: str, spec: Spec) -> None:
        """An entry is new, or declared otherwise than before."""
        segments = self.history.segments.setdefault(entry, [])
        current = self.history.open(entry)
        before, after = step.before.last.get(entry), step.after.last[entry]
        if current and current.spec.schedule == spec.schedule:
            if before is not None and after != before:
                broken(step, f"{entry}: last moved by {after - before} for no new schedule")
            if before is None:
                self._put_back(step, entry)
            current.respread(spec, step.before.cursor or 0)
            return
        cursor = step.before.cursor or 0
        floor = max(step.now, cursor)
        spread = current.spec.delay if current else spec.delay
        if before is not None:
            floor = max(before, cursor - spread)
        if after != floor:
            broken(step, f"{entry} starts at {instant(after)} and not at {instant(floor)}")
        if current:
            current.until = floor
            self._covered(step, entry, before or floor, floor)
        segments.append(Segment(spec, after=floor, respread_at=cursor, longest=spread))

    def _retire(self, step: Step) -> None:
        for entry, text in step.after.declared.items():
            if text.startswith("-|") and (current := self.history.open(entry)):
                current.until = step.before.last.get(entry, current.after)

    def _covered(self, step: Step, entry: str, after: int, until: int) -> None:
        lines = [line for line in step.lines if line.entry == entry]
        for due in self.history.expected(entry, after, until):
            if not any(to_millis(a.first_due) <= due <= to_millis(a.last_due) for a in lines):
                broken(step, f"{entry} {instant(due)} is passed over without a line")

    def _put_back(self, step: Step, entry: str) -> None:
        """A lost `last` is known again: what it passes over must be in the record."""
        for due in self.history.expected(entry, 0, step.after.last[entry]):
            if due > self.forgiven_to and self.world.ledger.of(entry, due) is None:
                broken(step, f"{entry} {instant(due)} is passed over by what was put back")

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
            broken(step, f"messages without a line: {messages}")

    def _judge(self, step: Step, entry: str, lines: list[Decided]) -> None:
        plan = step.strand.process.specs  # type: ignore[attr-defined]
        current = self.history.open(entry)
        if current is None or plan[entry].schedule != current.spec.schedule:
            broken(step, f"{entry} is decided on a schedule that was not taken up")
        if complaint := Judge(self, step, plan[entry], lines).complaint():
            broken(step, complaint)

    def _sent(self, step: Step, entry: str, due: int, messages: list[tuple[str, int]]) -> None:
        self.counts["sent"] += 1
        is_waiting = entry in step.before.active
        if (entry, due) in messages:
            messages.remove((entry, due))
        elif not is_waiting:
            broken(step, f"{entry} {instant(due)} is said to be sent, without a message")
        if (entry, due) in self.history.sent:
            self.counts["doubled"] += 1
            broken(step, f"{entry} {instant(due)} is sent a second time")
        self.history.sent.add((entry, due))

    def _each_once(self, step: Step, entry: str, lines: list[Decided]) -> None:
        """Each due time between the old and the new `last` is in one line of this step."""
        before, after = step.before.last[entry], step.after.last[entry]
        decided: list[int] = []
        for line in lines:
            first, last = to_millis(line.first_due), to_millis(line.last_due)
            dues = self.history.expected(entry, first - 1, last)
            if len(dues) != line.count or not dues or (dues[0], dues[-1]) != (first, last):
                broken(step, f"{said(line)} speaks of {list(map(instant, dues))}")
            decided += dues
        if decided != (due := self.history.expected(entry, before, after)):
            told, meant = list(map(instant, decided)), list(map(instant, due))
            broken(step, f"{entry}: decided {told}, due were {meant}")

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
