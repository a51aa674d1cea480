"""Workers that take messages, pass a model of the gate, work a while, and finish or die."""

import json
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError

from beat_schedule.clock import from_millis
from beat_schedule.decisions import Decided, Decision
from beat_schedule.errors import RecordAwayError
from beat_schedule.tokens import Tokens

from .watcher import QUEUE
from .world import Process, Strand, World

SLOTS = 4
PULSE = 5_000

#: How often an attempt succeeds, fails, and is given back; in a hundred.
ENDINGS = [92, 6, 2]

#: How long a failed one waits, in ms.
BACKOFF = 3_000

AWAY = (RedisConnectionError, RecordAwayError)


@dataclass(slots=True)
class Job:
    """A message in hand; it becomes a run at the gate, under this token."""

    entry: str
    due: int
    run: uuid.UUID
    overlap: str
    is_tracked: bool
    expires: int
    token: str
    #: How its attempt will end: `finish`, `fail` or `give_back`.
    ending: str
    #: 0 before the gate is passed.
    ends_at: int = 0
    pulse_at: int = 0
    #: How its run stands since its attempt ended.
    stands: str = ""


class Worker(Process):
    """One process with a few slots."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._strand = Strand(self, "work", self._round)
        self._wire = self._strand.wire()
        self._tokens = Tokens(self._wire, "", world.prelude)
        self._jobs: list[Job] = []
        world.start(self._strand)

    def _round(self) -> float:
        for job in list(self._jobs):
            self._guarded(lambda job=job: self._go_on(job))
        self._guarded(self._take)
        return self.world.rnd.uniform(0.2, 0.6)

    def _guarded(self, action: Any) -> None:
        try:
            action()
        except AWAY as error:
            self.world.note(self._strand.name, repr(error))

    def _take(self) -> None:
        room = SLOTS - len(self._jobs)
        if not room or not self.world.line.one("LLEN", QUEUE):
            return
        # Taken is taken: a reply that is lost here is a message that is lost.
        taken = self._wire.execute_command("RPOP", QUEUE, room) or []
        for text in taken:
            self._jobs.append(self._job(json.loads(text)["headers"]))
        for job in self._jobs[-len(taken) or len(self._jobs) :]:
            self._guarded(lambda job=job: self._go_on(job))

    def _job(self, head: dict[str, Any]) -> Job:
        return Job(
            entry=head["hookbeat_entry"],
            due=head["due"],
            run=uuid.UUID(head["hookbeat_run"]),
            overlap=head["overlap"],
            is_tracked=head["tracked"],
            expires=head["expires"],
            token=str(uuid.UUID(int=self.world.rnd.getrandbits(128))),
            ending=self.world.rnd.choices(["finish", "fail", "give_back"], ENDINGS)[0],
        )

    def _go_on(self, job: Job) -> None:
        if not job.is_tracked:
            self._jobs.remove(job)
        elif not job.ends_at:
            self._start(job)
        elif self.world.now >= job.ends_at:
            self._finish(job)
        elif self.world.now >= job.pulse_at:
            self._pulse(job)

    def _start(self, job: Job) -> None:
        runs, now = self.world.ledger.runs, self.world.now
        said = self._ask("gate", lambda: self._gate(job, now))
        if said != "mine":
            self._jobs.remove(job)
            return
        job.ends_at = now + self._duration()
        job.pulse_at = now + PULSE
        self.world.note(self._strand.name, f"runs {job.entry} until +{job.ends_at - now}")
        if job.overlap != "allow" and runs.rows[job.run].state == "running":
            self._tokens.start(job.entry, job.run)

    def _gate(self, job: Job, now: int) -> str:
        ledger = self.world.ledger
        said = ledger.runs.gate(
            job.run, job.entry, job.due, job.overlap, job.token, job.expires, now
        )
        ledger.started(self._line(job))
        return said

    def _line(self, job: Job) -> Decided:
        due = from_millis(job.due)
        return Decided(
            entry=job.entry,
            first_due=due,
            last_due=due,
            count=1,
            decision=Decision.SENT,
            reason="",
            term=0,
            decided_at=from_millis(self.world.now),
            run=job.run,
            queue=QUEUE,
            expires_at=from_millis(job.expires) if job.expires else None,
        )

    def _pulse(self, job: Job) -> None:
        job.pulse_at = self.world.now + PULSE
        runs = self.world.ledger.runs
        show = partial(runs.sign_of_life, job.run, job.token, self.world.now)
        if not self._ask("pulse", show):
            self._jobs.remove(job)
        elif job.overlap != "allow":
            self._tokens.pulse([(job.entry, job.run)])

    def _finish(self, job: Job) -> None:
        if not job.stands:
            # A zombie's commit is refused; a second one finds that it was done.
            job.stands = self._ask("finish", partial(self._ended, job))
        if job.overlap != "allow" and job.stands == "waiting":
            self._tokens.wait(job.entry, job.run)
        elif job.overlap != "allow":
            self._tokens.end(job.entry, job.run)
            self.world.ended(job.entry)
        self._jobs.remove(job)

    def _ended(self, job: Job) -> str:
        runs, now = self.world.ledger.runs, self.world.now
        match job.ending:
            case "fail":
                return runs.fail(job.run, job.token, now + BACKOFF)
            case "give_back":
                return runs.give_back(job.run, job.token, now)
            case _:
                return runs.finish(job.run, job.token)

    def _ask(self, name: str, ask: Any) -> Any:
        return self.world.ask_database(self._strand, name, ask)

    def _duration(self) -> int:
        rnd = self.world.rnd
        low, high = rnd.choices([(20, 700), (700, 4000), (5000, 12_000)], [90, 8, 2])[0]
        return 20 if self.world.is_quiet else rnd.randint(low, high)


class Operator(Process):
    """A person at the command line, who always gets through."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "operator")
        self.strand = Strand(self, "cli", lambda: 0.0)
