"""From the outbox to the mail server: each member's mail is claimed, sent and recorded alone."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jinja2 import TemplateError

from beat_schedule.runs.context import RunContext
from worker.refusals import (
    DeliveryUnsureError,
    MailError,
    MailServerError,
    RecipientDelayedError,
    RecipientRefusedError,
    RecipientWithheldError,
)

from .errors import DeliveryStoppedError
from .letters import Parcel, due_parcels
from .models import NoticeState
from .notices import Letter, Writer
from .outbox import Ending, Outbox
from .settings.specs import LibrarySettings

#: How long to wait after each failed attempt; after the last, a notice has failed.
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720, 1440, 1440))

#: One delivery ends by itself, well within the 300 s of queue `default`; the next goes on.
LONGEST_SECONDS = 240.0

#: So many failures with nothing taken between them are about us, not about the recipients.
FAILURES_IN_A_ROW = 10

#: Fewer are, when they are all that a delivery had to send.
FAILURES_OF_ALL = 2

#: Ends a notice at once, without another try.
LAST_WORDS: Mapping[type[Exception], NoticeState] = {
    DeliveryUnsureError: NoticeState.UNSURE,
    RecipientWithheldError: NoticeState.WITHHELD,
}


@dataclass(kw_only=True)
class Delivery:
    """One pass over the outbox; `counts` says what became of its notices."""

    context: RunContext
    settings: LibrarySettings
    outbox: Outbox
    counts: Counter[str] = field(default_factory=Counter)
    #: Failed since the server last took a mail, and not for a reason of the member's own.
    _in_a_row: list[Ending] = field(default_factory=list)
    #: Why the server takes nothing from us.
    _stopped: MailServerError | None = None

    def __post_init__(self) -> None:
        house = self.context.settings
        self._writer = Writer(house.mail_from, house.mail_reply_to)
        self._until = self._now()
        self._deadline = self.context.clock.monotonic() + LONGEST_SECONDS

    def carry_out(self) -> None:
        """Send what is due; raises DeliveryStoppedError when the server takes nothing from us."""
        self._give_up_on_dead()
        self._check_mailer()
        ending: Ending | None = None
        try:
            for parcel in self._parcels():
                claimed = self.outbox.turn(ending, parcel.notice_id, self._now())
                ending = self._ended(parcel) if claimed else None
        finally:
            self.outbox.turn(ending, None, self._now())
        self._complain()

    def _give_up_on_dead(self) -> None:
        for notice_id in self.outbox.give_up_on_dead(self._now()):
            self.counts["unsure"] += 1
            self.context.log.warning("notice.abandoned", notice=str(notice_id))

    def _check_mailer(self) -> None:
        """Before anything is claimed: with some settings nobody could be sent anything."""
        try:
            # Not every house's mailer has one; asking has it made.
            check = getattr(self.context.mailer, "check", None)
            if check is not None:
                check()
        except MailServerError as error:
            raise DeliveryStoppedError(f"{error}; {self._still_queued()}") from error

    def _parcels(self) -> Iterator[Parcel]:
        """Everything due, page by page, for as long as mail may go."""
        while self._may_send() and (page := self._page()):
            for parcel in page:
                if not self._may_send():
                    return
                yield parcel

    def _page(self) -> list[Parcel]:
        with self.outbox.stores.readers() as session:
            return due_parcels(session, self.settings, self._until, self._now())

    def _may_send(self) -> bool:
        is_stopped = self._stopped or len(self._in_a_row) >= FAILURES_IN_A_ROW
        is_late = self.context.clock.monotonic() >= self._deadline
        return not (is_stopped or is_late or self.settings.is_quiet(self._now()))

    def _ended(self, parcel: Parcel) -> Ending:
        """Send one mail; how that ended is a value, so that no member stops another."""
        if parcel.letter is None:
            return self._ending(parcel, parcel.state)
        try:
            self._send(parcel.letter)
        except (MailError, TemplateError, ValueError) as error:
            return self._not_sent(parcel, error)
        self._in_a_row.clear()
        return self._ending(parcel, NoticeState.SENT)

    def _not_sent(self, parcel: Parcel, error: Exception) -> Ending:
        if isinstance(error, MailServerError):
            self._stopped = error
            return self._ending(parcel, NoticeState.QUEUED, attempts=parcel.attempts)
        if isinstance(error, RecipientRefusedError):
            return self._failed(parcel, str(error), is_theirs=error.is_about_mailbox)
        if isinstance(error, RecipientDelayedError):
            return self._delayed(parcel, str(error))
        if state := LAST_WORDS.get(type(error)):
            return self._ending(parcel, state, reason=str(error))
        # What a template or a header objects to may quote a name: the class has to do.
        return self._failed(parcel, f"cannot be written: {type(error).__name__}")

    def _send(self, letter: Letter) -> None:
        self.context.mailer.send(self._writer.written(letter, self._now()))

    def _failed(self, parcel: Parcel, reason: str, *, is_theirs: bool = False) -> Ending:
        ending = self._ending(parcel, NoticeState.FAILED, reason=reason)
        if not is_theirs:
            self._in_a_row.append(ending)
        return ending

    def _delayed(self, parcel: Parcel, reason: str) -> Ending:
        if parcel.attempts >= len(BACKOFF):
            return self._ending(parcel, NoticeState.FAILED, reason=reason)
        again = self._now() + BACKOFF[parcel.attempts]
        return self._ending(parcel, NoticeState.QUEUED, reason=reason, next_try_at=again)

    def _ending(
        self,
        parcel: Parcel,
        state: NoticeState,
        *,
        reason: str | None = None,
        attempts: int | None = None,
        next_try_at: datetime | None = None,
    ) -> Ending:
        self._note(parcel, state, reason)
        return Ending(
            notice_id=parcel.notice_id,
            state=state,
            attempts=parcel.attempts + 1 if attempts is None else attempts,
            at=self._now(),
            reason=reason,
            next_try_at=next_try_at,
        )

    def _note(self, parcel: Parcel, state: NoticeState, reason: str | None) -> None:
        ids = {"notice": str(parcel.notice_id), "member": parcel.member_id}
        if state is NoticeState.SENT:
            self.counts["sent"] += 1
            self.context.log.debug("notice.sent", **ids)
        elif state is NoticeState.QUEUED:
            if not reason:
                return
            self.counts["retrying"] += 1
            self.context.log.info("notice.delayed", reason=reason, **ids)
        else:
            self.counts[state.replace(" ", "_")] += 1
            self.context.log.warning("notice.ended", state=state.value, reason=reason, **ids)

    def _complain(self) -> None:
        """Fail the run when the fault is not a member's; what was refused is queued again."""
        if self._stopped:
            raise DeliveryStoppedError(f"{self._stopped}; {self._still_queued()}")
        enough = FAILURES_IN_A_ROW if self.counts["sent"] else FAILURES_OF_ALL
        if len(self._in_a_row) < enough:
            return
        back = [
            again for ending in self._in_a_row if (again := self._taken_back(ending)) is not None
        ]
        self.outbox.take_back(back)
        self.counts["failed"] -= len(back)
        self.counts["retrying"] += len(back)
        raise DeliveryStoppedError(
            f"{len(self._in_a_row)} notices in a row came to nothing "
            f"({self._in_a_row[-1].reason}): is it the right mail server, may we send through it, "
            "and can a notice be written? See HOOKBEAT_SMTP_URL, HOOKBEAT_MAIL_FROM and "
            f"tasks/library/templates; {self._still_queued()}"
        )

    def _taken_back(self, ending: Ending) -> Ending | None:
        if ending.attempts > len(BACKOFF):
            return None
        again = self._now() + BACKOFF[ending.attempts - 1]
        return Ending(
            notice_id=ending.notice_id,
            state=NoticeState.QUEUED,
            attempts=ending.attempts,
            at=ending.at,
            reason=ending.reason,
            next_try_at=again,
        )

    def _still_queued(self) -> str:
        return f"{self.outbox.waiting()} notices are queued and nothing is lost"

    def _now(self) -> datetime:
        return self.context.clock.now()
