"""Which decisions an entry's policy allows for a due time, at the time at which it was decided."""

from typing import TYPE_CHECKING

from beat_schedule.clock import to_millis
from beat_schedule.decisions import Decided, Decision

from .watcher import Step, holder, instant

if TYPE_CHECKING:
    from .oracle import Oracle
    from .plans import Spec

GRACE = 10_000

#: How far Redis's clock may be from the others and be believed.
TOLERANCE = 2_500

#: What a leader takes for now may be this late: it was held up while it heard the time.
BEHIND = 6_500

#: A jump of Redis's clock beyond this is believed by nobody, not even by a new beat.
UNBELIEVABLE = 62_000


class Judge:
    """Judges the lines one step wrote for an entry; `complaint` is empty while all is well."""

    def __init__(self, oracle: "Oracle", step: Step, spec: "Spec", lines: list[Decided]) -> None:
        self._oracle = oracle
        self._step = step
        self._spec = spec
        self._lines = lines
        # How late it is goes by what is believed: no beat believes a jump.
        self._believed = step.now - oracle.world.jump
        # What was proposed before a process was held up is carried out after it.
        self._slack = BEHIND + step.strand.held_up()

    def complaint(self) -> str:
        for number, line in enumerate(self._lines):
            due = to_millis(line.last_due)
            if due + self._spec.delay > self._step.now:
                return f"{line.entry} {instant(due)} is decided before its time"
            if fault := self._fault(line, due, self._lines[:number]):
                return f"{line.entry} {instant(due)} {line.decision} ({line.reason}): {fault}"
        return ""

    def _fault(self, line: Decided, due: int, earlier: list[Decided]) -> str:
        match line.decision:
            case Decision.SENT:
                return self._of_sent(line, due, earlier)
            case Decision.SKIPPED:
                return self._of_skipped(line, due, earlier)
            case Decision.COALESCED:
                is_followed = line is not self._lines[-1] or self._spec.overlap == "queue"
                is_so = self._spec.catch_up == "once" and self._is_late(due) and is_followed
            case Decision.MISSED:
                is_none = self._spec.catch_up == "none"
                is_so = self._is_late(due) and (is_none or self._is_beyond_limit(due))
            case Decision.EXPIRED:
                is_so = self._late(due) > self._longest() - self._slack
            case _:
                is_so = False
        return "" if is_so else "its policy says otherwise"

    def _of_sent(self, line: Decided, due: int, earlier: list[Decided]) -> str:  # noqa: PLR0911
        spec, late = self._spec, self._late(due)
        if self._held(due, asked_from=self._respread_at()):
            return "it is held"
        if late > self._longest() + self._slack:
            return f"it is {late} ms late"
        if spec.catch_up == "none" and late > GRACE + self._slack:
            return "late ones are not to run"
        if spec.catch_up == "once" and self._newer_late(due):
            return f"{instant(self._newer_late(due))} is late too, and newer"
        if spec.overlap != "allow" and self._busy(line, earlier):
            return f"{self._busy(line, earlier)} waits or runs"
        if abs(self._oracle.world.jump) > UNBELIEVABLE and self._is_early_in_truth(due):
            return "Redis's clock alone says that it is due"
        return ""

    def _of_skipped(self, line: Decided, due: int, earlier: list[Decided]) -> str:
        if line.reason.startswith("overlap with"):
            is_busy = self._spec.overlap == "skip" and self._busy(line, earlier)
            return "" if is_busy else "nothing is in its way"
        return "" if self._held(due) else "nothing holds it"

    def _busy(self, line: Decided, earlier: list[Decided]) -> str:
        """The run in the way of this one."""
        mine = str(self._oracle.run_of(line.entry, to_millis(line.last_due)))
        sent = [str(each.run) for each in earlier if each.decision is Decision.SENT]
        run = holder(self._step.before.active.get(line.entry), self._step.now)
        return next((each for each in (*sent, run) if each and each != mine), "")

    def _held(self, due: int, asked_from: int = 0) -> bool:
        """Whether a hold speaks of it that was not over by then."""
        for target in ("*", self._spec.key):
            if target in self._oracle.history.holds:
                until = self._oracle.history.holds[target]["until"]
                if until is None or max(due + self._spec.delay, asked_from) <= until:
                    return True
        return False

    def _respread_at(self) -> int:
        """Who had waited for longer is due in the past now; a hold that was over then is gone."""
        segment = self._oracle.history.open(self._spec.key)
        return segment.respread_at if segment else 0

    def _late(self, due: int) -> int:
        return self._believed - due - self._spec.delay

    def _is_late(self, due: int) -> bool:
        return self._late(due) > GRACE - self._slack

    def _longest(self) -> int:
        longest = max(self._spec.window, 10)
        return 1000 * (min(longest, self._spec.expires) if self._spec.expires else longest)

    def _newer_late(self, due: int) -> int:
        until = self._believed - self._spec.delay - GRACE - self._slack
        return max(self._oracle.history.expected(self._spec.key, due, until), default=0)

    def _is_beyond_limit(self, due: int) -> bool:
        newer = self._oracle.history.expected(
            self._spec.key, due, self._believed - self._spec.delay
        )
        return self._spec.catch_up == "all" and len(newer) >= self._spec.limit

    def _is_early_in_truth(self, due: int) -> bool:
        world = self._oracle.world
        return due + self._spec.delay > world.now + max(world.drift, 0) + 1000 + TOLERANCE
