"""A worker that does as it is told, a step at each look of those who wait for a run."""

import json
import uuid
from datetime import timedelta

from beat_schedule.store.models import Outcome, Run, RunState
from tests.desk import PREFIX
from tests.recorded import NOON, a_run

DEFAULT = f"{PREFIX}default"


class Worker:
    """`does` the steps, one in each sleep of the clock."""

    def __init__(self, redis_client, sessions, clock):
        self._redis = redis_client
        self._sessions = sessions
        self.clock = clock
        self.run = None

    def does(self, *steps):
        to_do = list(steps)

        def step():
            to_do.pop(0)()

        self.clock.on_sleep = step

    def take(self):
        """Out of the queue, as a worker that fetches."""
        message = json.loads(self._redis.rpop(DEFAULT))
        self.run = uuid.UUID(message["headers"]["hookbeat_run"])
        tag = message["properties"]["delivery_tag"]
        self._redis.hset(f"{PREFIX}unacked", tag, "its text")

    def start(self, **changes):
        self.take()
        self.writes(lambda session: session.merge(a_run(NOON, None, id=self.run, **changes)))

    def changes(self, **values):
        def change(session):
            row = session.get(Run, self.run)
            for name, value in values.items():
                setattr(row, name, value)

        self.writes(change)

    def end(self, outcome=Outcome.SUCCEEDED, **values):
        self.changes(
            state=RunState.ENDED,
            outcome=outcome,
            finished_at=NOON + timedelta(seconds=2),
            **values,
        )

    def writes(self, step):
        with self._sessions.begin() as session:
            step(session)
