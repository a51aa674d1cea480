"""What never started is sent again, what died is taken over, tokens that nobody holds go.

Sent is not started: a message is lost when its worker dies between taking it and noting that it
has it, when a worker does not know its task, when a queue is purged. Copies are harmless: the gate
starts a run once.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta

from beat_schedule import logs
from beat_schedule.clock import Clock
from beat_schedule.decisions import Sent
from beat_schedule.errors import RecordAwayError
from beat_schedule.policies import Overlap

from .deaths import Deaths
from .definitions import bring
from .errand import Errand
from .errors import concerns_everybody
from .heads import Heads
from .lease import Lease
from .orphans import KeptOrphans, Orphans
from .pushes import Message, Messages
from .record import Record
from .roster import Roster
from .state import State
from .suspicions import Suspicions
from .values import Taken
from .witness import Witness

#: How long a message that has left its list may be on its way to the gate.
ON_ITS_WAY = timedelta(seconds=30)

#: What waits for so long for an entry that is declared no more is given up.
FORGOTTEN = timedelta(days=1)

#: From the first copy of a run that waits in its row to the next, should that come to nothing.
SOON = timedelta(seconds=10)

log = logs.logger("hookbeat.beat")


class Reconciler:
    """Looks every few seconds, from one thread, while its beat leads.

    `others` are entries that other beats of ours see to. What nobody sees to is given up; None
    leaves that to whoever knows all others.
    """

    def __init__(
        self,
        *,
        state: State,
        record: Record,
        roster: Roster,
        messages: Messages,
        witness: Witness,
        lease: Lease,
        deaths: Deaths,
        clock: Clock,
        errand: Errand | None = None,
        others: Collection[str] | None = (),
    ) -> None:
        self._state = state
        self._record = record
        self._roster = roster
        self._messages = messages
        self._witness = witness
        self._lease = lease
        self._clock = clock
        self._others = others
        self._deaths = deaths
        self._here = errand and errand.here
        # Who stays for a moment cannot look twice; a copy too many does no harm.
        first = timedelta(0) if errand else ON_ITS_WAY
        self._unstarted = Suspicions(clock, first=first, second=2 * ON_ITS_WAY)
        self._waiting = Suspicions(clock, first=timedelta(0), second=SOON)
        # The record tells of them only when they have been on their way for long enough.
        self._queued = Suspicions(clock, first=timedelta(0), second=2 * ON_ITS_WAY)
        self._orphans = KeptOrphans(state) if errand else Orphans(clock)
        #: Runs that could not be sent again, and it was said.
        self._failing: set[str] = set()

    def reconcile(self) -> int:
        """One look at everything; how many copies were sent.

        Raises RecordAwayError and redis-py's errors. A run whose message cannot be built or is
        refused stops no other.
        """
        term = self._lease.term
        if term is None:
            return 0
        now = self._witness.now()
        if successors := self._roster.successors():
            self._record.hand_over(successors, now)
        self._record.expire(now, self._roster.tasks())
        if self._others is not None:
            keys = self._roster.every_key()
            known = {key for key in keys if self._roster[key].policy.tracked} | {*self._others}
            self._record.abandon(now - FORGOTTEN, now, known)
        self._clear(term, now)
        unstarted = self._record.unstarted(now - ON_ITS_WAY, self._roster.every_key())
        waiting = self._record.waiting(now, self._roster.every_key())
        self._failing &= {str(sent.run) for sent in (*unstarted, *waiting)}
        first = self._first(unstarted, now)
        again = self._send_lost(term, first, self._unstarted, now)
        return again + self._go_on(term, waiting, now)

    def go_on(self) -> int:
        """Send the runs whose next attempt may start; how many copies. Raises the same.

        They wait in their rows, and nobody else has their message: there is nothing to wait for.
        One that was sent and never started is sent again when its message has left its queue.
        """
        term = self._lease.term
        if term is None:
            return 0
        now = self._witness.now()
        return self._go_on(term, self._record.waiting(now, self._roster.every_key()), now)

    def bring(self) -> None:
        """Bring into Redis what operators said while it was away. Raises RecordAwayError."""
        bring(self._state, self._record)

    def take_over(self) -> None:
        """Let the runs go on whose workers have died. Raises RecordAwayError.

        A run whose row is locked, perhaps by its frozen worker, stops no other.
        """
        if self._lease.term is None:
            return
        now = self._witness.now()
        failed: RecordAwayError | None = None
        for dead in self._deaths.silent(self._record.running):
            try:
                stands = self._record.take_over(dead, now)
            except RecordAwayError as away:
                failed = away
                continue
            if stands:
                told = {"run": str(dead.run), "entry": dead.entry, "worker": dead.worker}
                log.warning("run.taken_over", stands=stands, **told)
        if failed:
            raise failed

    def _go_on(self, term: Taken, runs: Iterable[Sent], now: datetime) -> int:
        found = list(self._first(runs, now))
        waiting = [sent for sent in found if not sent.is_queued]
        queued = [sent for sent in found if sent.is_queued]
        again = self._send_lost(term, queued, self._queued, now)
        return again + len(self._send(term, self._waiting.overdue(waiting), now))

    def _send_lost(
        self, term: Taken, open_runs: Iterable[Sent], suspicions: Suspicions, now: datetime
    ) -> int:
        """A copy for each whose message has been gone from its queue for long enough."""
        heads = Heads(self._state)
        lost = [
            sent
            for sent in open_runs
            if self._succeeds(sent, lambda sent: self._is_lost(sent, now, heads))
        ]
        again = self._send(term, suspicions.overdue(lost), now)
        if again:
            self._record.note_sent_again([sent.run for sent in again], now)
        return len(again)

    def _send(self, term: Taken, lost: Iterable[Sent], now: datetime) -> list[Sent]:
        """A copy for each; those that could be sent."""
        return [
            sent
            for sent in lost
            if self._succeeds(sent, lambda sent: self._send_again(term, sent, now))
        ]

    def _first(self, open_runs: Iterable[Sent], now: datetime) -> Iterator[Sent]:
        """Those that may start: of one entry who has the slot, or the oldest, and none too late.

        None of an entry whose runs nobody follows any more.
        """
        entries: set[str] = set()
        for sent in sorted(open_runs, key=lambda sent: not sent.has_slot):
            if sent.expires_at and sent.expires_at <= now:
                continue
            policy = self._roster[sent.entry].policy
            if not policy.tracked:
                # Whoever has its task by now asks nobody: each copy would run.
                continue
            is_alone = policy.overlap is Overlap.ALLOW
            if is_alone or sent.entry not in entries:
                yield sent
            entries.add(sent.entry)

    def _succeeds(self, sent: Sent, step: Callable[[Sent], bool]) -> bool:
        """What the step says; False where it fails for this run alone, which is logged once."""
        try:
            return step(sent)
        except Exception as error:
            if concerns_everybody(error):
                raise
            run = str(sent.run)
            if run not in self._failing:
                log.exception("run.not_sent_again", entry=sent.entry, run=run)
            self._failing.add(run)
            return False

    def _is_lost(self, sent: Sent, now: datetime, heads: Heads) -> bool:
        """Whether its message has left its list."""
        if not sent.queue:
            # It never lay in any: who decided it was to carry it out.
            return True
        message = self._message(sent, now)
        return not message.queue or heads.have_passed(message.pushes[0].key, sent.decided_at)

    def _send_again(self, term: Taken, sent: Sent, now: datetime) -> bool:
        run, listed = str(sent.run), self._roster[sent.entry]
        if self._here and listed.policy.tracked:
            self._here.again(listed.entry, sent)
        else:
            token = "" if listed.policy.overlap is Overlap.ALLOW else run
            message = self._message(sent, now)
            self._state.resend(term.grant, sent.entry, token, message.pushes)
            message.went_out()
        told = {"entry": sent.entry, "run": run, "due_at": sent.due_at.isoformat()}
        if sent.repeats and not sent.is_queued:
            log.info("run.goes_on", **told)
        else:
            log.warning("run.sent_again", **told)
        return True

    def _message(self, sent: Sent, now: datetime) -> Message:
        entry = self._roster[sent.entry].entry
        return self._messages.message(
            entry, sent.due_at, now, run=sent.run, trigger=sent.trigger, repeats=sent.repeats
        )

    def _clear(self, term: Taken, now: datetime) -> None:
        """Take away the waiting tokens of runs that have ended, and of those nobody waits for."""
        waiting = self._state.waiting()
        runs = [uuid.UUID(run) for run in waiting.values()]
        settled = {str(run) for run in self._record.settled(runs)}
        awaited = {str(run) for run in self._record.awaited(runs, now)}
        orphans = set(waiting.values()) - settled - awaited
        gone = settled | self._orphans.old(orphans, now)
        for entry, run in waiting.items():
            if run in gone:
                self._state.clear(term.grant, entry, run)
                log.warning("token.cleared", entry=entry, run=run)
