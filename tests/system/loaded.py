"""Installations under load: beats, workers, a PostgreSQL, and jobs that show what they did."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg

from beat_schedule.clock import SystemClock
from beat_schedule.keys import Keys
from tests.chaos.proxy import Proxy
from tests.servers import PostgresServer, free_port, wait_until
from tests.system.installation import Installation, Process

CLOCK = SystemClock()
SECOND = timedelta(seconds=1)

#: Each says outside of the database that it began, and inside that it was done.
WORK = '''
"""Work that leaves a trace of each attempt, and one of its success."""

import ctypes
from pathlib import Path

from sqlalchemy import text

from beat_schedule.clock import SystemClock

DONE = text("INSERT INTO done VALUES (:run, :attempt)")


def work(context, seconds=0.1):
    _begin(context)
    SystemClock().sleep(seconds)


def work_until_told(context):
    """Until the test has written `go`."""
    _begin(context)
    clock = SystemClock()
    while not Path("go").exists():
        clock.sleep(0.05)


def hold_the_interpreter(context, seconds=60):
    """No other thread of this process runs meanwhile."""
    _begin(context)
    ctypes.PyDLL(None).sleep(seconds)


def read_only(context):
    with Path("began").open("a") as began:
        print(context.run_id, context.attempt, file=began)


def _begin(context):
    read_only(context)
    told = {"run": str(context.run_id), "attempt": context.attempt}
    context.session.execute(DONE, told)
'''


class Loaded(Installation):
    """An installation whose record is in PostgreSQL."""

    def __init__(self, folder: Path, database_url: str, **environ: str) -> None:
        super().__init__(folder, HOOKBEAT_DATABASE_URL=database_url, **environ)
        self.database_url = database_url
        self.until = CLOCK.now()
        self.keys = Keys()
        self.write("work.py", WORK)

    def declare(self, events: Mapping[str, Any]) -> None:
        self.write("hooks.py", f"scheduler_events = {events!r}\n")

    def declare_each_second(self, *handlers: dict[str, Any], seconds: int) -> None:
        """Each is due every second, for so long from now on; late or not, and beside another."""
        self.until = CLOCK.now() + timedelta(seconds=seconds)
        every = {"overlap": "allow", "catch_up": "all", "not_after": self.until.isoformat()}
        self.declare({"every": {"1s": [every | handler for handler in handlers]}})

    def begin(self) -> None:
        self.run("hookbeat", "migrate")
        self.ask("CREATE TABLE done (run text, attempt int)")
        self.redis.start()

    def start_named(self, name: str, *options: str, **environ: str) -> Process:
        """A worker with two children that calls itself so."""
        command = [
            "celery",
            "-A",
            "worker",
            "worker",
            "-c2",
            "-lINFO",
            "-n",
            f"{name}@%h",
            *options,
        ]
        return self.start(*command, **environ)

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url, autocommit=True, connect_timeout=5) as session:
            cursor = session.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def began(self) -> Counter[tuple[str, int]]:
        """How often each attempt of each run began."""
        trace = self.folder / "began"
        lines = trace.read_text().splitlines() if trace.exists() else []
        return Counter((run, int(attempt)) for run, attempt in map(str.split, lines))

    def done(self) -> dict[str, int]:
        """The attempt that succeeded of each run; fails where a run did twice."""
        rows = self.ask("SELECT run, attempt FROM done")
        done = dict(rows)
        assert len(rows) == len(done), "a run's work was committed twice"
        return done

    def outcomes(self) -> Counter[str]:
        return Counter(outcome for (outcome,) in self.ask("SELECT outcome FROM run"))

    def running_on(self, name: str) -> list[str]:
        """The runs that this worker has under way."""
        question = "SELECT id::text FROM run WHERE state = 'running' AND worker LIKE %s"
        return [run for (run,) in self.ask(question, f"{name}@%")]

    def is_settled(self) -> bool:
        """Whether everything decided is on record, and everything sent has ended."""
        with self.client() as redis:
            if redis.xlen(self.keys.journal):
                return False
        (open_runs,) = self.ask(
            "SELECT (SELECT count(*) FROM run WHERE state <> 'ended') + "
            "(SELECT count(*) FROM occurrence o WHERE decision = 'sent' "
            "AND NOT EXISTS (SELECT FROM run WHERE id = o.run))"
        )
        return open_runs == (0,)

    def settle(self, within: float) -> None:
        """Wait until nothing is due any more, and all that was sent has ended."""
        wait_until(lambda: CLOCK.now() > self.until + SECOND, within=120)
        wait_until(self.is_settled, within=within)

    def gaps(self) -> list[tuple[str, datetime, datetime]]:
        """Between which due times of an entry of each second something is missing on record."""
        rows = self.ask("SELECT entry, first_due, last_due FROM occurrence ORDER BY 1, 2")
        return [
            (entry, last, first)
            for (entry, _, last), (other, first, _) in pairwise(rows)
            if entry == other and first != last + SECOND
        ]

    def decisions(self) -> Counter[str]:
        rows = self.ask("SELECT decision, sum(count)::int FROM occurrence GROUP BY 1")
        return Counter(dict(rows))

    def assert_each_ran_once(self) -> None:
        """No due time is missing, none was left out, and each run succeeded once."""
        assert self.gaps() == []
        sent = self.decisions()["sent"]
        assert self.decisions() == {"sent": sent}
        assert self.outcomes() == {"succeeded": sent}
        assert len(self.done()) == sent
        assert max(self.began().values()) == 1


@contextmanager
def loaded(folder: Path, server: PostgresServer) -> Iterator[Loaded]:
    """One with a database of its own on that server."""
    with server.database() as url:
        installation = Loaded(folder, url)
        try:
            yield installation
        finally:
            installation.close()


class Line:
    """A port of its own through which a server is reached."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.port = free_port()
        self._proxy = Proxy(server_port, [self.port])

    def url(self, url: str) -> str:
        """The server's URL, over this line."""
        return url.replace(f":{self.server_port}/", f":{self.port}/")

    def set(self, mode: str) -> None:
        self._proxy.set(self.port, mode)

    def has_lost(self) -> bool:
        return self._proxy.has_lost()

    def close(self) -> None:
        self._proxy.close()


def after(seconds: float, since: float) -> None:
    """Wait until so long after that moment of the monotonic clock."""
    wait_until(lambda: CLOCK.monotonic() >= since + seconds, within=seconds + 5)
