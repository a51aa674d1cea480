"""The daily overdue run at size: time, peak memory, statements sent.

    python -m benchmarks.overdue [--transactions 1000 1000000] [--postgresql URL] [--smtp]

Every size runs in a process of its own over a database of its own, so that the peak of one says
nothing about another. One transaction in twenty is a loan overdue today, three to a member at
the largest size: 1,000,000 transactions have 20,000 members with something overdue. Without
--smtp a mailer counts; with it every mail goes to an SMTP server in another process.
`--postgresql URL` names a server whose user may create databases.
"""

import argparse
import json
import multiprocessing
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import structlog
from sqlalchemy import Connection, Engine, event, insert, text

from beat_schedule.clock import SystemClock
from beat_schedule.runs.context import Mailer, RunContext
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.migrate import migrate
from tasks.library import daily
from tasks.library.models import Article, Kind, Member, Setting, Transaction
from worker.mail import SmtpMailer

ON = date(2026, 2, 1)
SIZES = (1_000, 10_000, 100_000, 1_000_000)
CLOCK = SystemClock()

#: Of each article: lent, back, lent again, and then back in 4 of 5 cases.
PER_ARTICLE = 4
OVERDUE_EVERY = 5
MEMBERS_SHARE = 50
BATCH = 10_000


@dataclass
class Counting:
    """A mailer that writes every mail as bytes and counts it."""

    sent: int = 0

    def send(self, message: EmailMessage) -> None:
        message.as_bytes()
        self.sent += 1


class Timed:
    """Notes when the first mail went: until then, the run finds and queues."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self.first_at = 0.0

    def send(self, message: EmailMessage) -> None:
        self.first_at = self.first_at or CLOCK.monotonic()
        self._mailer.send(message)


def fill(engine: Engine, transactions: int) -> None:
    """A library in which every fifth article is overdue, spread over every member."""
    articles, members = transactions // PER_ARTICLE, max(1, transactions // MEMBERS_SHARE)
    now = datetime.combine(ON, time(), UTC)
    with engine.begin() as connection:
        connection.execute(insert(Setting), [{"name": "loan_period", "value": "30"}])
        batched(connection, insert(Member), (member(n) for n in range(members)))
        rows = ({"id": f"A-{n}", "title": f"Title number {n}"} for n in range(articles))
        batched(connection, insert(Article), rows)
        history = (
            transaction(article, step, members, now)
            for step in range(PER_ARTICLE)
            for article in range(articles)
        )
        batched(connection, insert(Transaction), history)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def member(number: int) -> dict[str, Any]:
    language = "fr" if number % 3 == 0 else "en"
    address = f"member{number}@example.org"
    return {"id": f"M-{number}", "name": f"Name {number}", "email": address, "language": language}


def transaction(article: int, step: int, members: int, now: datetime) -> dict[str, Any]:
    is_overdue = article % OVERDUE_EVERY == 0
    kinds = (Kind.ISSUE, Kind.RETURN, Kind.ISSUE, Kind.RENEW if is_overdue else Kind.RETURN)
    borrower = article // OVERDUE_EVERY if is_overdue else article
    return {
        "id": f"T-{article}-{step}",
        "article_id": f"A-{article}",
        "member_id": f"M-{borrower % members}",
        "type": kinds[step],
        "at": now - timedelta(days=300 - 60 * step, minutes=article % 1000),
        "sequence": article * PER_ARTICLE + step,
        "recorded_at": now,
    }


def batched(connection: Connection, statement: Any, rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            connection.execute(statement, batch)
            batch.clear()
    if batch:
        connection.execute(statement, batch)


def peak() -> float:
    """The most memory this process ever had, in MB."""
    # On Linux, ru_maxrss also counts what the parent had when it started us.
    with suppress(OSError), Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(url: str, smtp: str | None) -> dict[str, Any]:
    """One daily run over that database, in this process."""
    engine = make_engine(url)
    statements = 0

    @event.listens_for(engine, "before_cursor_execute")
    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    settings = Settings(smtp_url=smtp) if smtp else Settings()
    mailer = Timed(SmtpMailer(settings) if smtp else Counting())
    with make_sessions(engine)() as session:
        context = RunContext(
            run_id=uuid.uuid4(),
            entry="tasks.library.daily",
            due_at=datetime.combine(ON, time(), UTC),
            attempt=1,
            session=session,
            settings=settings,
            clock=CLOCK,
            log=structlog.wrap_logger(None, processors=[drop]),
            mailer=mailer,
        )
        before, started = peak(), CLOCK.monotonic()
        daily(context)
    return {
        "seconds": round(CLOCK.monotonic() - started, 2),
        "found": round(mailer.first_at - started, 2),
        "peak_mb": round(peak(), 1),
        "grown_mb": round(peak() - before, 1),
        "statements": statements,
        "counts": context.counts,
    }


def drop(*_: Any) -> Any:
    raise structlog.DropEvent


def serve(port: Any) -> None:
    """An SMTP server that throws every mail away, in a process of its own."""
    import socket  # noqa: PLC0415

    from aiosmtpd.controller import Controller  # noqa: PLC0415 -- of the extra `demo`
    from aiosmtpd.handlers import Sink  # noqa: PLC0415

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    Controller(Sink(), hostname="127.0.0.1", port=number).start()
    port.send(number)
    with suppress(EOFError, KeyboardInterrupt):
        port.recv()
    os._exit(0)


@contextmanager
def sink() -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=[theirs], daemon=True)
    process.start()
    yield f"smtp://127.0.0.1:{ours.recv()}"
    ours.send("enough")
    process.join(timeout=10)


@contextmanager
def database(server: str | None) -> Iterator[str]:
    """The URL of an empty database: a file, or one on that server."""
    if server is None:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'library.db'}"
        return
    name = f"overdue_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        yield f"{server.rsplit('/', 1)[0]}/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def measured(transactions: int, server: str | None, smtp: str | None) -> dict[str, Any]:
    """Fill a database here, and run in a fresh process."""
    with database(server) as url:
        engine = make_engine(url)
        migrate(engine, Settings(migrations=("tasks.library",)))
        fill(engine, transactions)
        engine.dispose()
        command = [sys.executable, "-m", "benchmarks.overdue", "--measure", url]
        done = subprocess.run(
            [*command, *(["--to", smtp] if smtp else [])],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        sys.exit(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transactions", type=int, nargs="+", default=SIZES)
    parser.add_argument("--postgresql", metavar="URL")
    parser.add_argument("--smtp", action="store_true")
    parser.add_argument("--measure", metavar="URL", help=argparse.SUPPRESS)
    parser.add_argument("--to", metavar="URL", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure, chosen.to)))
        return
    servers = [None, *([chosen.postgresql] if chosen.postgresql else [])]
    print(f"SQLite {sqlite3.sqlite_version}; Python {sys.version.split()[0]}")
    print(
        "database    transactions  overdue  mails  found s  seconds  peak MB  grown MB  statements"
    )
    with sink() if chosen.smtp else nullcontext() as smtp:
        for server in servers:
            for transactions in chosen.transactions:
                one = measured(transactions, server, smtp)
                print(
                    f"{'postgresql' if server else 'sqlite':10}  {transactions:12,}"
                    f"  {one['counts']['overdue']:7,}  {one['counts']['sent']:6,}"
                    f"  {one['found']:7.2f}  {one['seconds']:7.2f}"
                    f"  {one['peak_mb']:7.1f}  {one['grown_mb']:8.1f}"
                    f"  {one['statements']:10,}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
