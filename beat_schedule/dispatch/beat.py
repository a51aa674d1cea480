"""One beat: stands by, leads, and goes on where the last leader stopped."""

import os
import secrets
import socket
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from celery import Celery

from beat_schedule import logs
from beat_schedule.clock import Clock
from beat_schedule.errors import RecordAwayError
from beat_schedule.keys import MAIN
from beat_schedule.workers import Workers

from .card import card_of
from .crew import Crew
from .definitions import Definitions, Maker
from .errand import Errand
from .failover import warn_of_loss
from .generation import generation_of
from .lease import Lease
from .line import Line
from .passes import Passes
from .periodic import PeriodicEntry
from .prompt import PromptRecord
from .pulse import Pulse
from .record import Record
from .recorder import Recorder
from .recover import recover
from .roster import Roster
from .state import State
from .values import Declared, Taken
from .wake import Wake
from .watch import Watch, duties_of
from .witness import Witness

#: Seconds between two looks of a standby at whether it leads; a change wakes it at once.
STANDBY = 1.0

#: What the lease's own connection waits for an answer: others wait for us when we stop.
QUICK = timedelta(seconds=2)

#: Seconds within which the record has to answer a new leader, and to say what time it is.
PROMPT = 3.0
PROMPT_CLOCK = 1.0

#: A pass that takes longer than this is not coming back: another beat should lead.
STUCK = 30.0

#: A beat that has just started asks so often before it takes a Redis for its own unasked.
QUESTIONS = 2

#: Seconds for which a beat that could not begin to lead leaves it to others.
STAND_BACK = 5.0

log = logs.logger("hookbeat.beat")


class Beat:
    """Three threads: this one's passes, the lease's pulse, the recorder; each with its own line.

    What is to be watched for people is watched in others. `entries` are those of the clock `group`,
    with a lease and a state of its own; `others` are keys of which other clocks' beats see to.
    Several beats that one thread steps share `woken`. `unread` says why more may be declared than
    these entries.
    """

    _passes: Passes | None = None
    _led: Taken | None = None
    _is_warm = False
    #: Until when others should try to lead; on the monotonic clock.
    _stands_back_until = 0.0
    #: Of the Redis that was last found to be ours.
    _install = ""
    #: How often in a row the record did not say whether it is.
    _unanswered = 0

    def __init__(
        self,
        app: Celery,
        entries: Mapping[str, PeriodicEntry],
        record: Record,
        clock: Clock,
        watch: Watch | None = None,
        *,
        errand: Errand | None = None,
        make: Maker | None = None,
        group: str = MAIN,
        others: Collection[str] = (),
        woken: threading.Event | None = None,
        unread: str = "",
    ) -> None:
        self._clock, self._errand = clock, errand
        self._history = PromptRecord(record, PROMPT)
        self._roster = Roster(entries, unread)
        self._definitions = Definitions(entries, make, takes_new=group == MAIN)
        self._witness = Witness(clock, [PromptRecord(record, PROMPT_CLOCK).now])
        self._wake = Wake(clock, woken)
        self._line = Line(app, group=group)
        self.id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        self._lease = Lease(
            clock,
            self._witness,
            beat=self.id,
            generation=generation_of(entries.values()),
            card=self._card,
            unfit=self._unfit,
            is_whole=not unread,
            group=group,
        )
        # None is nothing to wonder about where other clocks have some.
        declared = len(entries) if not errand and (entries or not others) else None
        pulse = Line(app, QUICK, group=group)
        self._pulse = Pulse(pulse, self._lease, clock, self._wake, entries=declared)
        self._others = others if group == MAIN else None
        self._recorder = self._recorder_with(Line(app, group=group), record)
        self._duties = duties_of(watch, self._lease, self._witness.now, clock, self._definitions)

    def _recorder_with(self, line: Line, record: Record) -> Recorder:
        return Recorder(
            line,
            self._lease,
            self._wake,
            record=record,
            roster=self._roster,
            others=self._others,
            witness=self._witness,
            clock=self._clock,
            errand=self._errand,
        )

    def start(self) -> None:
        self._pulse.start()
        if self._errand:
            # Whoever sent us waits for the record, and sees to it himself.
            return
        for thread in (self._recorder, *self._duties):
            thread.start()

    def keep(self) -> None:
        """Write down what was decided, see to what went astray, and watch, before this returns.

        Of a beat on an errand; raises what `Recorder.work_once` does.
        """
        self._recorder.work_once()
        for duty in self._duties:
            duty.once()

    @property
    def term(self) -> Taken | None:
        """Under which it made its last pass."""
        return self._led

    def why_not(self) -> str:
        """Why it does not lead, as far as it knows."""
        doubt = self._witness.doubt or self._unfit()
        return doubt or "the lease was held, or other entries are in force"

    @property
    def leads(self) -> bool:
        """Whether the last step made a pass."""
        return self._passes is not None

    def step(self) -> float:
        """Make a pass if we lead; return the seconds to wait.

        Raises what a pass raises; after an error `drop`, and step again.
        """
        term = self._lease.term
        if term is None or self._led is None or term.grant != self._led.grant:
            self._passes, self._led = None, term
        if term is None:
            self._warm_up()
            return STANDBY
        with self._wake.passing():
            if self._passes is None:
                self._passes = self._begin_to_lead(term)
            elif changed := self._follow(self._line.state):
                self._passes.take_up(changed)
            return self._passes.make(self._wake.taken()).total_seconds()

    def wait(self, seconds: float) -> None:
        """Until something is to do, and no longer than that."""
        self._wake.wait(seconds)

    def drop(self) -> None:
        """Forget the connection, and begin anew with another."""
        self._passes = None
        self._line.drop()

    def stop(self) -> None:
        """Hand over at once; waits for the threads no longer than they may need."""
        self._recorder.stop()
        for duty in self._duties:
            duty.stop()
        # Redis may be away: then nobody can be told, and others see it by themselves.
        with suppress(Exception):
            self._pulse.stop()
        for thread in (self._pulse, self._recorder, *self._duties):
            if thread.is_alive():
                thread.join(QUICK.total_seconds())

    def _card(self) -> Mapping[str, Any]:
        by = self._errand.by if self._errand else ""
        return card_of(self._witness.offset(), self._witness.doubt, by)

    def _unfit(self) -> str:
        """Why another beat should lead, if there is one."""
        if self._wake.passing_for() > STUCK:
            return f"a pass has not ended for {STUCK:g} s"
        if self._clock.monotonic() < self._stands_back_until:
            return "the record is needed, and cannot be asked from here"
        return ""

    def _warm_up(self) -> None:
        """Connect and read while there is time: whoever takes over should not have to."""
        # It only helps: whoever leads will see by itself what is away.
        with suppress(Exception):
            self._follow(self._line.state)
        if self._is_warm:
            return
        self._is_warm = True
        with suppress(Exception):
            if checkpoint := self._history.checkpoint():
                self._install = checkpoint.install
            self._line.state.cursor()

    def _follow(self, state: State) -> Collection[str]:
        """List what operators say by now; the keys of what they changed."""
        changes = self._definitions.changes(state)
        self._roster.change(changes)
        return changes.keys()

    def _declared(self) -> Sequence[Declared]:
        """As of now, in whatever state this Redis is."""
        self._definitions.doubt()
        self._follow(self._line.state)
        return self._roster.declared()

    def _begin_to_lead(self, term: Taken) -> Passes:
        try:
            return self._lead(term)
        except RecordAwayError:
            self._unanswered += 1
            self._stands_back_until = self._clock.monotonic() + STAND_BACK
            raise

    def _lead(self, term: Taken) -> Passes:
        state = self._line.state
        warn_of_loss(state.redis)
        if successors := self._roster.successors():
            # Now, so that nothing is decided as the code alone says; else the recorder sees to it.
            with suppress(RecordAwayError):
                self._history.hand_over(successors, self._witness.now())
        known = self._install
        if not known and self._unanswered >= QUESTIONS:
            known = state.install()
        self._install = recover(state, self._history, term.grant, self._declared, known)
        # What the record could not be asked for changes nothing about what Redis says.
        self._follow(state)
        self._unanswered = 0
        here = self._errand.here if self._errand else None
        publisher = self._line.publisher
        return Passes(
            term.grant,
            roster=self._roster,
            messages=here.instead_of(publisher) if here else publisher,
            state=state,
            witness=self._witness,
            lease=self._lease,
            only=self._errand.only if self._errand else None,
            # What is carried out here needs nobody else.
            crew=None if here else Crew(Workers(state.redis, state.keys.prefix)),
        )
