"""Who is told today: a loan's first notice, then one more each week, three in all.

A loan's next step is due when no notice has listed it for `reminder_after_days`, until it has
caused `reminder_max`. One step due is enough for a notice, and the notice lists everything that
the member has overdue, a loan past its last step too; so a member with many loans gets one mail
a week, not one a loan. Every notice uses up a step of some loan, so they end.
"""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .overdue import OverdueLoan

#: Names the uuid5 of notices: every run derives the same id for the same notice.
NOTICES = uuid.UUID("5b1de0f4-3f0f-5f5c-8a52-2f0f1c2b7a90")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When a loan is due for its next notice."""

    after: timedelta
    most: int

    def next_step(self, loan: OverdueLoan, on: date) -> int | None:
        """The step that the loan is due for on that date, if any."""
        if loan.step >= self.most:
            return None
        if loan.last_on is not None and on - loan.last_on < self.after:
            return None
        return loan.step + 1


@dataclass(frozen=True, slots=True)
class Line:
    """One loan in a notice; without a step it is listed beside the others."""

    loan_id: str
    step: int | None


@dataclass(frozen=True, slots=True)
class NoticePlan:
    """A notice that is due to a member."""

    member_id: str
    lines: tuple[Line, ...]

    @property
    def step(self) -> int:
        """The highest step in it."""
        return max(line.step or 0 for line in self.lines)

    @property
    def loans(self) -> str:
        """Fingerprint of the loans due in it, each with its step."""
        due = sorted(f"{line.loan_id}#{line.step}" for line in self.lines if line.step)
        return hashlib.sha256("\n".join(due).encode()).hexdigest()

    @property
    def id(self) -> uuid.UUID:
        return uuid.uuid5(NOTICES, f"{self.member_id}\n{self.loans}\n{self.step}")


def plan(
    member_id: str, loans: Iterable[OverdueLoan], policy: Policy, on: date
) -> NoticePlan | None:
    """The notice due to a member on that date, listing all their loans; None when none is."""
    lines = tuple(Line(loan.loan_id, policy.next_step(loan, on)) for loan in loans)
    if not any(line.step for line in lines):
        return None
    return NoticePlan(member_id, lines)
