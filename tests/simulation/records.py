"""The record and its model, asked and worked alike."""

import uuid
from dataclasses import replace

from beat_schedule.clock import to_millis
from beat_schedule.store.endings import close_run, give_back
from beat_schedule.store.gate import open_run
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Outcome
from beat_schedule.store.occurrences import decisions_of
from beat_schedule.store.runs import Ending
from tests.openings import an_opening
from tests.simulation.ledger import Ledger
from tests.store.decided import ENTRY, minutes

TOKEN = str(uuid.UUID(int=1))


class Model:
    """The ledger, with its own gate."""

    def __init__(self):
        self.record = Ledger(lambda: to_millis(minutes(30)))

    def decision(self, number):
        return self.record.of(ENTRY, to_millis(minutes(number)))

    def start(self, line):
        due = to_millis(line.first_due)
        said = self.record.runs.gate(line.run, line.entry, due, "allow", TOKEN, 0, due)
        self.record.started(replace(line, term=0))
        assert said == "mine"

    def end(self, line):
        self.record.runs.finish(line.run, TOKEN)

    def lose(self, line):
        assert self.record.runs.give_back(line.run, TOKEN, to_millis(minutes(20))) == "waiting"


class Real:
    """The database, with the gate that workers pass."""

    def __init__(self, sessions):
        self.record = Journal(sessions)
        self._sessions = sessions
        self._tokens = {}

    def decision(self, number):
        """As people read it: that of the due time itself, else that of a span around it."""
        with self._sessions() as session:
            lines = decisions_of(session, ENTRY, limit=1000)
        at = minutes(number)
        around = [line for line in lines if line.first_due <= at <= line.last_due]
        return max(around, key=lambda line: line.first_due, default=None)

    def start(self, line):
        opening = an_opening(
            run_id=line.run, entry=line.entry, due_at=line.first_due, started_at=line.decided_at
        )
        self._tokens[line.run] = opening.token
        with self._sessions.begin() as session:
            open_run(session, opening)

    def end(self, line):
        ending = Ending(outcome=Outcome.SUCCEEDED, finished_at=minutes(20))
        with self._sessions.begin() as session:
            assert close_run(session, line.run, self._tokens[line.run], ending)

    def lose(self, line):
        with self._sessions.begin() as session:
            token = self._tokens[line.run]
            ending = Ending(outcome=Outcome.FAILED, finished_at=minutes(20))
            assert give_back(session, line.run, token, ending, minutes(20))
