"""What a run costs: our worker beside Celery's, with and without its results in the database.

    python -m benchmarks.runs [--tasks 5000] [--rounds 3] [--durable] [--only KIND...] [--json FILE]

The same task, which does nothing, lies in the queue many times before a worker with two children
starts. Counted is the time from the first call of it to the last. All workers run one after the
other, alternating, on the same Redis and the same PostgreSQL, each with a database of its own.

Ours carries each out as a run that the schedule sent: through the gate, with heartbeat and token,
to a record of its outcome and its decision. `database` is Celery with its own database backend,
`django` with django-celery-results, both with their defaults: a row for each result. `bare` Celery
keeps nothing; `late` neither, but acknowledges late and prefetches one, as ours does.

`--durable` lets PostgreSQL wait for the disk at each commit, as it does by default; without it the
disk is left out of account. Statements, commits and processor time are of the whole measurement,
divided by the number of tasks.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import redis
from celery import Celery

from beat_schedule.clock import SystemClock
from beat_schedule.entries import run_id
from beat_schedule.headers import headers
from benchmarks.beats import ROOT, end, environment_with
from benchmarks.runs_app import ENTRIES, TASK
from tests.servers import PostgresServer, RedisServer

CLOCK = SystemClock()
QUEUE = "default"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
KINDS = ("bare", "late", "database", "django", "hookbeat")

MIGRATE_DJANGO = """
import benchmarks.runs_app
from django.core.management import call_command

call_command("migrate", verbosity=0)
"""

#: Seconds within which all tasks must have run.
PATIENCE = 300

Row = dict[str, Any]


def main() -> None:
    chosen = arguments()
    kinds = chosen.only or KINDS
    rows: list[Row] = []
    with servers(durable=chosen.durable) as (url, postgres):
        for number in range(chosen.rounds):
            for kind in kinds:
                told = measured(kind, chosen.tasks, url, postgres)
                row = {"round": number, "kind": kind, "durable": chosen.durable, **told}
                print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
                rows.append(row)
    print(table(rows))
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--durable", action="store_true", help="PostgreSQL waits for the disk")
    parser.add_argument("--only", choices=KINDS, nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every row there")
    return parser.parse_args()


@contextmanager
def servers(*, durable: bool) -> Iterator[tuple[str, PostgresServer]]:
    waits = ("fsync=on", "synchronous_commit=on", "full_page_writes=on") if durable else ()
    postgres = PostgresServer("shared_preload_libraries=pg_stat_statements", *waits)
    with tempfile.TemporaryDirectory() as folder:
        running = RedisServer(Path(folder))
        running.start()
        postgres.start()
        try:
            yield running.url, postgres
        finally:
            postgres.remove()
            running.stop()


def measured(kind: str, tasks: int, url: str, postgres: PostgresServer) -> Row:
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres.database() as database,
        redis.Redis.from_url(url) as client,
    ):
        trace = Path(folder) / "trace"
        trace.touch()
        environment = dict(
            os.environ,
            PYTHONPATH=str(ROOT),
            BENCH_KIND=kind,
            BENCH_REDIS=url,
            BENCH_DATABASE=database,
            BENCH_TRACE=str(trace),
            HOOKBEAT_REDIS_URL=url,
            HOOKBEAT_DATABASE_URL=database,
        )
        python = python_of(kind)
        prepare(kind, python, environment, folder)
        client.flushall()
        fill(kind, tasks, url)
        assert client.llen(QUEUE) == tasks
        with counting(postgres, database, tasks) as counts:
            took, spent = worked(python, environment, folder, trace, tasks)
    row = {"tasks": tasks, "per_s": round((tasks - 1) / took, 1), "took_s": round(took, 2)}
    return {**row, "worker_cpu_ms": round(spent / tasks * 1000, 3), **counts}


def python_of(kind: str) -> Path:
    if kind != "django":
        return Path(sys.executable)
    return environment_with(
        "django-celery-results==2.6.0", f"psycopg[binary]=={version('psycopg')}"
    )


def prepare(kind: str, python: Path, environment: dict[str, str], folder: str) -> None:
    """Make the tables."""
    commands = {
        "hookbeat": [python.parent / "hookbeat", "migrate"],
        "django": [python, "-c", MIGRATE_DJANGO],
    }
    if kind in commands:
        subprocess.run(commands[kind], cwd=folder, env=environment, check=True)


def fill(kind: str, tasks: int, url: str) -> None:
    """Messages as a beat sends them, each for a due time of its own."""
    app = Celery("filling", broker=url)
    app.conf.task_default_queue = QUEUE
    with app.producer_or_acquire() as producer, producer.batch(max_size=500):
        for number in range(tasks):
            said = due(number) if kind == "hookbeat" else {}
            app.send_task(TASK, [number % ENTRIES], headers=said, producer=producer)


def due(number: int) -> dict[str, Any]:
    key, due_at = f"entry-{number % ENTRIES}", NOON + timedelta(hours=number // ENTRIES)
    run = run_id(key, due_at)
    return headers(key, due_at=due_at, run_id=run, trigger="schedule", queued_at=CLOCK.now())


def worked(
    python: Path, environment: dict[str, str], folder: str, trace: Path, tasks: int
) -> tuple[float, float]:
    """Seconds from the first call to the last, and those of processor time meanwhile."""
    command = [python, "-m", "celery", "-A", "benchmarks.runs_app", "worker", "-c", "2"]
    log = Path(folder) / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "-l", "WARNING", "-n", uuid.uuid4().hex],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_for(trace, 1, process, log)
        began, spent = CLOCK.monotonic(), cpu_of(process.pid)
        wait_for(trace, tasks, process, log)
        return CLOCK.monotonic() - began, cpu_of(process.pid) - spent
    finally:
        end(process)


def wait_for(trace: Path, size: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = CLOCK.monotonic() + PATIENCE
    while trace.stat().st_size < size:
        if process.poll() is not None or CLOCK.monotonic() > deadline:
            sys.exit(f"{trace.stat().st_size} of {size} ran\n{log.read_text()[-3000:]}")
        CLOCK.sleep(0.002)


def cpu_of(group: int) -> float:
    """Seconds of processor time of a process group so far."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                total += int(fields[11]) + int(fields[12])
    return total / TICKS_A_SECOND


@contextmanager
def counting(postgres: PostgresServer, database: str, tasks: int) -> Iterator[Row]:
    """What PostgreSQL did for each task: statements, commits, and its own processor time."""
    counts: Row = {}
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as session:
        session.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        session.execute("SELECT pg_stat_statements_reset()")
        name = database.rpartition("/")[2]
        commits = commits_of(session, name)
        yield counts
        # A server process tells when it ends, or after a second.
        CLOCK.sleep(1.5)
        counts["commits"] = round((commits_of(session, name) - commits) / tasks, 2)
        calls = session.execute(
            "SELECT sum(calls), sum(total_exec_time) FROM pg_stat_statements s "
            "JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = %s",
            [name],
        ).fetchone()
        assert calls
        counts["statements"] = round(float(calls[0] or 0) / tasks, 2)
        counts["database_ms"] = round(float(calls[1] or 0) / tasks, 3)


def commits_of(session: "psycopg.Connection[Any]", name: str) -> int:
    found = session.execute(
        "SELECT xact_commit FROM pg_stat_database WHERE datname = %s", [name]
    ).fetchone()
    return int(found[0]) if found else 0


def table(rows: Sequence[Row]) -> str:
    """The median of each kind's rounds, their range, and its share of the database backend's."""
    speeds: dict[str, list[float]] = {}
    for row in rows:
        speeds.setdefault(row["kind"], []).append(row["per_s"])
    middles = {kind: statistics.median(each) for kind, each in speeds.items()}
    lines = []
    for kind, each in speeds.items():
        line = f"{kind:9} {middles[kind]:8,.0f} a second ({min(each):,.0f}..{max(each):,.0f})"
        for other in ("database", "bare"):
            if other in middles:
                line += f"  {middles[kind] / middles[other]:5.0%} of {other}"
        lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
