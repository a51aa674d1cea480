"""Ours beside stock Celery beat and RedBeat: lateness, bursts, idle entries, start.

    python -m benchmarks.dispatch [--runs 3] [--seconds 60] [--only hookbeat] [--json FILE]

All beats run one after the other in processes of their own, alternating, on the same Redis of their
own without persistence, with the same entries. RedBeat and stock beat come from an environment that
is made below the temporary folder, with the versions of Celery, kombu and redis-py that we use.

Steady: one entry of a second, and idle ones that are due in months. From outside a message is seen
when a waiting BRPOP returns it. `late` is from the due time in the message's own headers; a peer
names no due time, so `gap` is how far each message came from one second after the one before, and
`drift` how far the last came from where the first one set the beat.

Burst: entries that differ in name, task and arguments, all due at the full minute; msg/s counts
from that minute to the last message in the queue, by LLEN. Whoever has not sent all in the limit
is counted up to there. Each message is then taken from the queue, and read, by kombu.
"""

import argparse
import json
import statistics
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis
from kombu import Connection

from beat_schedule.clock import SystemClock
from benchmarks.beats import KINDS, Kind, beat
from tests.servers import RedisServer

CLOCK = SystemClock()
QUEUE = "celery"

#: Seconds before a full minute at which the beats of a burst are started.
LEAD = 25
#: Seconds after which a burst is cut off; less than to the next minute's.
LIMIT = 30
#: Seconds within which the first message must come.
PATIENCE = 180

Row = dict[str, Any]


def main() -> None:
    chosen = arguments()
    kinds = [kind for kind in KINDS if chosen.only in {None, kind.name}]
    rows: list[Row] = []
    with server() as url:
        for run in range(chosen.runs):
            for measure in plan(kinds, chosen, url):
                row = {"run": run, **measure()}
                print(told(row), flush=True)
                rows.append(row)
    print(table(rows))
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=60, help="of each steady measurement")
    parser.add_argument("--idle", type=int, nargs="*", default=[10, 1_000, 10_000, 100_000])
    parser.add_argument("--due", type=int, nargs="*", default=[10_000])
    parser.add_argument("--only", choices=[kind.name for kind in KINDS])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every row there")
    return parser.parse_args()


def plan(
    kinds: Sequence[Kind], chosen: argparse.Namespace, url: str
) -> Iterator[Callable[[], Row]]:
    for due in chosen.due:
        for kind in kinds:
            yield lambda kind=kind, due=due: burst(kind, url, {"due": due})
            yield lambda kind=kind, due=due: burst(kind, url, {"due": due, "listener": 1})
            if kind.is_ours:
                yield lambda kind=kind, due=due: burst(kind, url, {"due": due, "tracked": 1})
    for idle in chosen.idle:
        for kind in kinds:
            if idle <= kind.most:
                yield lambda kind=kind, idle=idle: steady(kind, url, idle, chosen.seconds)


@contextmanager
def server() -> Iterator[str]:
    with TemporaryDirectory() as folder:
        running = RedisServer(Path(folder))
        running.start()
        yield running.url
        running.stop()


def steady(kind: Kind, url: str, idle: int, seconds: int) -> Row:
    """One entry of a second beside idle ones."""
    row: Row = {"what": "steady", "kind": kind.name, "entries": idle}
    with (
        emptied(url),
        beat(kind, url, {"ticks": 1, "idle": idle}) as running,
        closing(Arrivals(url)) as arrivals,
    ):
        started = CLOCK.monotonic()
        if not waited(lambda: arrivals.seen or not running.runs(), PATIENCE) or not arrivals.seen:
            return {**row, "start_s": None}
        row["start_s"] = round(CLOCK.monotonic() - started, 2)
        # The first seconds still pay for the start.
        CLOCK.sleep(3)
        arrivals.seen.clear()
        before, at = running.cpu(), CLOCK.monotonic()
        CLOCK.sleep(seconds)
        spent = running.cpu() - before
        row["cpu_ms_per_s"] = round(spent / (CLOCK.monotonic() - at) * 1000, 2)
        row["rss_mb"] = round(running.memory(), 1)
        return row | lateness(arrivals.seen)


class Arrivals:
    """A thread that waits for messages, and notes when each came."""

    def __init__(self, url: str) -> None:
        self.seen: list[tuple[datetime, bytes]] = []
        self._url = url
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._wait, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def _wait(self) -> None:
        with redis.Redis.from_url(self._url) as client:
            while not self._ended.is_set():
                found: Any = client.brpop([QUEUE], timeout=1)
                if found:
                    self.seen.append((CLOCK.now(), found[1]))


def lateness(seen: Sequence[tuple[datetime, bytes]]) -> Row:
    """In ms."""
    at = [arrived.timestamp() for arrived, _ in seen]
    gaps = [abs(later - earlier - 1) * 1000 for earlier, later in pairwise(at)]
    row: Row = {"messages": len(at), "gap_ms": quantiles(gaps)}
    if len(at) > 1:
        row["drift_ms"] = round((at[-1] - at[0] - (len(at) - 1)) * 1000, 1)
    heads = [json.loads(text)["headers"] for _, text in seen]
    if heads and "hookbeat_due_at" in heads[0]:
        due = [datetime.fromisoformat(head["hookbeat_due_at"]).timestamp() for head in heads]
        late = [(arrived - was_due) * 1000 for arrived, was_due in zip(at, due, strict=True)]
        row["late_ms"] = quantiles(late)
    return row


def quantiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    ordered = sorted(values)
    places = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        name: round(ordered[min(len(ordered) - 1, int(len(ordered) * place))], 2)
        for name, place in places.items()
    }


def burst(kind: Kind, url: str, says: Mapping[str, int]) -> Row:
    """Many entries that are due at once."""
    count = says["due"]
    row: Row = {"what": "burst", "kind": kind.name, **says}
    with emptied(url) as client:
        into = CLOCK.now().timestamp() % 60
        CLOCK.sleep((60 - LEAD - into) % 60)
        due_at = (CLOCK.now().timestamp() // 60 + 1) * 60
        with beat(kind, url, says) as running:
            CLOCK.sleep(max(0, due_at - 0.1 - CLOCK.now().timestamp()))
            before = running.cpu()
            waited(lambda: client.llen(QUEUE) > 0, LIMIT)
            first = CLOCK.now().timestamp() - due_at
            waited(lambda: client.llen(QUEUE) >= count, LIMIT - first)
            took = CLOCK.now().timestamp() - due_at
            row["cpu_s"] = round(running.cpu() - before, 2)
            row["rss_mb"] = round(running.memory(), 1)
        sent = client.llen(QUEUE)
        row |= {"first_ms": round(first * 1000, 1), "took_s": round(took, 3), "sent": sent}
        row["msg_per_s"] = round(sent / took)
        row["read"] = read_by_kombu(url, is_listened=bool(says.get("listener")))
    return row


def read_by_kombu(url: str, *, is_listened: bool) -> int:
    """How many different messages a stock consumer could read; raises at one that it could not."""
    seen, ids = set(), set()
    with Connection(url) as connection, connection.SimpleQueue(QUEUE, no_ack=True) as queue:
        while True:
            try:
                message = queue.get_nowait()
            except queue.Empty:
                return len(seen)
            (number, _), arguments, embed = message.payload
            headers = message.headers
            assert headers["task"] == f"bench.task_{number}"
            assert arguments == {"kind": "overdue", "shelf": f"S-{number}"}
            assert set(embed) == {"callbacks", "errbacks", "chain", "chord"}
            assert headers["id"] == headers["root_id"] == message.properties["correlation_id"]
            assert headers["id"] not in ids
            assert headers.get("listened", False) is is_listened
            ids.add(headers["id"])
            seen.add(number)


@contextmanager
def emptied(url: str) -> Iterator[Any]:
    with redis.Redis.from_url(url) as client:
        client.flushall()
        yield client


def waited(condition: Callable[[], Any], within: float) -> bool:
    deadline = CLOCK.monotonic() + within
    while not condition():
        if CLOCK.monotonic() > deadline:
            return False
        CLOCK.sleep(0.003)
    return True


def told(row: Row) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())


def table(rows: Sequence[Row]) -> str:
    """The median of each kind's runs, and where it has more than one, their range."""
    lines = []
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        size = row.get("entries", row.get("due"))
        how = "listener" if row.get("listener") else "tracked" if row.get("tracked") else ""
        groups.setdefault((row["what"], size, row["kind"], how), []).append(row)
    for (what, size, kind, how), group in groups.items():
        said = f"{what:7} {size:7,} {kind:12} {how:9}"
        lines.append(said + "  ".join(column(group, name) for name in COLUMNS[what]))
    return "\n".join(lines)


COLUMNS = {
    "steady": ("start_s", "late_ms", "gap_ms", "drift_ms", "cpu_ms_per_s", "rss_mb"),
    "burst": ("sent", "first_ms", "took_s", "msg_per_s", "cpu_s", "rss_mb"),
}


def column(group: Sequence[Row], name: str) -> str:
    found = [row[name] for row in group if row.get(name) is not None]
    if not found:
        return f"{name} -"
    if isinstance(found[0], dict):
        parts = [summary([each[part] for each in found if each]) for part in found[0]]
        return f"{name} {' / '.join(parts)}"
    return f"{name} {summary(found)}"


def summary(values: Sequence[float]) -> str:
    middle = f"{statistics.median(values):g}"
    return middle if len(values) == 1 else f"{middle} ({min(values):g}..{max(values):g})"


if __name__ == "__main__":
    sys.exit(main())
