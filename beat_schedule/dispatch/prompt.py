"""A record that answers within a time, or counts as away."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from beat_schedule.decisions import Checkpoint, Definition, Hold
from beat_schedule.errors import RecordAwayError

from .record import Record

T = TypeVar("T")


class PromptRecord:
    """What a new leader asks of the record; one that hangs must not keep it from leading.

    A database may take a connection and never answer. Each question is put in a thread of its own,
    and while one is unanswered no other is asked. Every method raises RecordAwayError.
    """

    def __init__(self, record: Record, seconds: float) -> None:
        self._record = record
        self._seconds = seconds
        self._asking: threading.Thread | None = None

    def checkpoint(self) -> Checkpoint | None:
        return self._answer(self._record.checkpoint)

    def begin(self, install: str) -> str:
        return self._answer(lambda: self._record.begin(install))

    def decided_after(self, cursor: datetime) -> Mapping[str, datetime]:
        return self._answer(lambda: self._record.decided_after(cursor))

    def holds(self) -> Sequence[Hold]:
        return self._answer(self._record.holds)

    def definitions(self, after: int, most: int) -> Sequence[Definition]:
        return self._answer(lambda: self._record.definitions(after, most))

    def hand_over(self, successors: Mapping[str, str], now: datetime) -> None:
        return self._answer(lambda: self._record.hand_over(successors, now))

    def now(self) -> datetime | None:
        """The database's clock; None where it cannot be asked."""
        try:
            return self._answer(self._record.now)
        except RecordAwayError:
            return None

    def _answer(self, ask: Callable[[], T]) -> T:
        if self._asking and self._asking.is_alive():
            raise RecordAwayError("the database still owes an answer to an earlier question")
        answers: list[Any] = []
        errors: list[Exception] = []

        def put() -> None:
            try:
                answers.append(ask())
            except Exception as error:  # noqa: BLE001 -- raised again where it was asked
                errors.append(error)

        self._asking = threading.Thread(target=put, name="hookbeat-question", daemon=True)
        self._asking.start()
        self._asking.join(self._seconds)
        if errors:
            raise errors[0]
        if not answers:
            raise RecordAwayError(f"the database has not answered within {self._seconds:g} s")
        answer: T = answers[0]
        return answer
