"""How long `hookbeat status` takes, as a process, in an installation that is large and old.

    python -m benchmarks.status [--entries 10000] [--runs 1000000] [--times 20] [--json FILE]

A project of its own below the temporary folder, with a Redis of its own, a beat that leads with all
the entries and a worker; once with a record in SQLite and once with one in PostgreSQL. Both have as
many runs as are asked for, and as many decisions, spread over 30 days: of 1,000 runs one failed,
and of 1,000 due times one was missed. Measured is the wall clock from the start of the process to
its end, and the processor's time, which other work on the machine changes less; beside it that of
Python alone, of `hookbeat --version` and of the status in JSON. The first of each is left out.
"""

import argparse
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from beat_schedule.clock import SystemClock
from beat_schedule.store.engine import make_engine
from tests.servers import PostgresServer, wait_until
from tests.system.installation import Installation

CLOCK = SystemClock()

KINDS = ("sqlite", "postgresql")

#: Seconds within which a beat must have read all its entries.
PATIENCE = 300

HOOKS = """
scheduler_events = {{
    "yearly": [{{"task": "jobs.trace", "name": f"job {{number}}"}} for number in range({entries})],
}}
"""

COMMANDS = {
    "python alone": ("python", "-c", "pass"),
    "hookbeat --version": ("hookbeat", "--version"),
    "hookbeat status": ("hookbeat", "status"),
    "hookbeat status --json": ("hookbeat", "status", "--json"),
}

#: Numbers `n` of so many rows, how long ago each was, an id like no other, and nothing in JSON.
WORDS = {
    "sqlite": {
        "numbers": "WITH RECURSIVE numbers(n) AS "
        "(SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {runs})",
        "at": "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-' || ({seconds} * n) || ' seconds')",
        "id": "lower(hex(randomblob(16)))",
        "nothing": "'{{}}'",
        "rest": "%",
    },
    "postgresql": {
        "numbers": "WITH numbers AS (SELECT generate_series(1, {runs}) AS n)",
        "at": "now() - {seconds} * n * interval '1 second'",
        "id": "gen_random_uuid()",
        "nothing": "'{{}}'::jsonb",
        # Doubled for its driver.
        "rest": "%%",
    },
}

RUNS = """
INSERT INTO run (id, entry, task, due_at, trigger, queue, state, outcome, attempt, attempt_token,
    beat, lost_count, started_at, finished_at, worker, args, kwargs, counts, error)
{numbers}
SELECT {id}, 'job ' || (n {rest} {entries}), 'jobs.trace', {at}, 'schedule', 'default', 'ended',
    CASE WHEN n {rest} 1000 = 7 THEN 'failed' ELSE 'succeeded' END, 1, {id},
    0, 0, {at}, {at}, 'celery@one', {nothing}, {nothing}, {nothing}, 'LookupError: no such shop'
FROM numbers
"""

DECISIONS = """
INSERT INTO occurrence (entry, first_due, last_due, "count", decision, reason, term, decided_at,
    queue, step)
{numbers}
SELECT 'job ' || (n {rest} {entries}), {at}, {at}, 1,
    CASE WHEN n {rest} 1000 = 13 THEN 'missed' ELSE 'sent' END, 'no beat', 1, {at}, 'default', 0
FROM numbers
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=20, help="how often each is measured")
    parser.add_argument("--only", choices=KINDS, help="one kind of database alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    chosen = parser.parse_args()
    figures = {
        kind: measured(kind, chosen.entries, chosen.runs, chosen.times)
        for kind in KINDS
        if chosen.only in {None, kind}
    }
    for kind, found in figures.items():
        for name, value in found.items():
            print(f"{kind:12} {name:30} {value}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1))


def measured(kind: str, entries: int, runs: int, times: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
        installation = Installation(Path(folder), HOOKBEAT_DATABASE_URL=url)
        try:
            installation.write("hooks.py", HOOKS.format(entries=entries))
            installation.run("hookbeat", "migrate")
            fill(kind, url, entries, runs)
            installation.redis.start()
            installation.start_beat()
            installation.start_worker()
            wait_until(lambda: leads(installation), within=PATIENCE)
            found = {
                name: timed(installation, command, times) for name, command in COMMANDS.items()
            }
        finally:
            installation.close()
    return {"entries": entries, "runs": runs, "cores": os.cpu_count(), **found}


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'hookbeat.db'}"
        return
    server = PostgresServer()
    try:
        server.start()
        with server.database() as url:
            yield url
    finally:
        server.remove()


def fill(kind: str, url: str, entries: int, runs: int) -> None:
    """A month of runs and decisions, written by the database itself."""
    seconds = 30 * 24 * 3600 / runs
    numbers = {"entries": entries, "runs": runs, "seconds": seconds}
    words = {name: word.format(**numbers) for name, word in WORDS[kind].items()}
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            for statement in (RUNS, DECISIONS):
                connection.exec_driver_sql(statement.format(**numbers | words))
            connection.exec_driver_sql("ANALYZE")
    finally:
        engine.dispose()
    if kind == "postgresql":
        # As autovacuum leaves it.
        with psycopg.connect(url, autocommit=True) as session:
            session.execute("VACUUM ANALYZE")


def leads(installation: Installation) -> bool:
    """Whether a beat leads, and a worker shows itself."""
    told = installation.run("hookbeat", "status", "--json", check=False).stdout
    redis = json.loads(told)["redis"] if told else None
    return bool(redis and redis["leader"] and redis["cursor"] and redis["workers"])


def timed(installation: Installation, command: tuple[str, ...], times: int) -> str:
    """In seconds the median, between which it lies, and the median of the processor's time."""
    spans, worked = [], []
    for _ in range(times + 1):
        began = CLOCK.monotonic()
        process = subprocess.Popen(
            command,
            cwd=installation.folder,
            env=installation.environ,
            stdout=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        spans.append(CLOCK.monotonic() - began)
        worked.append(used.ru_utime + used.ru_stime)
    del spans[0], worked[0]
    wall = f"{median(spans):.2f} ({min(spans):.2f} to {max(spans):.2f})"
    return f"{wall}; of the processor {median(worked):.2f}"


if __name__ == "__main__":
    main()
