"""What a trace tells of a message, and which of those that were proposed went out."""

from collections.abc import Mapping
from typing import Any

from beat_schedule import tracing
from beat_schedule.policies import Overlap

from .periodic import PeriodicEntry
from .pushes import Message
from .values import Answer, Candidate, Word


def attributes_of(entry: PeriodicEntry, headers: Mapping[str, Any]) -> dict[str, str | int]:
    return tracing.attributes(
        entry=entry.key,
        task=str(entry.task),
        due_at=headers["hookbeat_due_at"],
        run=headers["hookbeat_run"],
        trigger=headers["hookbeat_trigger"],
        operation="send",
    )


def tell_traces(candidate: Candidate, answer: Answer) -> None:
    """Which of its messages went out, as far as the answer tells."""
    for message in _gone(candidate, answer):
        message.went_out()


def _gone(candidate: Candidate, answer: Answer) -> list[Message]:
    decided = [
        item.message
        for item in candidate.items
        if item.message and item.message.trace and item.last <= answer.last
    ]
    if answer.word is Word.DONE:
        # The reply to an earlier try was lost, in which they went.
        return decided
    if candidate.overlap is Overlap.SKIP:
        # Those behind it were skipped for it.
        return decided[: answer.sent]
    # Those before them were held.
    return decided[len(decided) - answer.sent :]
