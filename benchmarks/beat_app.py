"""The app that each measured beat is started with; it must import where Hookbeat is not installed.

What it declares is said by the environment: BENCH_TICKS (entries of one second), BENCH_DUE (entries
of every full minute, all different), BENCH_IDLE (entries due in some months), BENCH_LISTENER and
BENCH_TRACKED.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab, schedule

#: Far enough that nothing of it is due while we measure.
IDLE_IN = timedelta(days=180)


def number(name: str) -> int:
    return int(os.environ.get(f"BENCH_{name}", "0"))


def declared() -> dict[str, dict[str, Any]]:
    ticks = {
        f"tick-{n}": {"task": "bench.tick", "schedule": schedule(1.0)}
        for n in range(number("TICKS"))
    }
    due = {f"due-{n}": different(n) for n in range(number("DUE"))}
    month = (datetime.now(UTC) + IDLE_IN).month  # noqa: TID251 -- no clock of ours in a peer's venv
    idle = {
        f"idle-{n}": {
            "task": "bench.idle",
            "schedule": crontab(
                minute=n % 60, hour=n // 60 % 24, day_of_month=1, month_of_year=month
            ),
        }
        for n in range(number("IDLE"))
    }
    return ticks | due | idle


def different(n: int) -> dict[str, Any]:
    """An entry that has nothing in common with the next but its minute and its queue."""
    return {
        "task": f"bench.task_{n}",
        "schedule": each_minute(),
        "args": (n, "loans"),
        "kwargs": {"kind": "overdue", "shelf": f"S-{n}"},
        "options": {"priority": 0},
    }


def each_minute() -> Any:
    if not number("TRACKED"):
        return crontab()
    from beat_schedule.policies import Policy  # noqa: PLC0415 -- not in a peer's venv
    from beat_schedule.schedules import Cron, Governed  # noqa: PLC0415

    return Governed(Cron("* * * * *"), Policy())


app = Celery("bench", broker=os.environ["BENCH_REDIS"])
app.conf.update(
    enable_utc=True,
    timezone="UTC",
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    redbeat_redis_url=os.environ["BENCH_REDIS"],
    beat_schedule=declared(),
)

if number("LISTENER"):

    @signals.before_task_publish.connect(weak=False)
    def listen(headers: dict[str, Any], **_: Any) -> None:
        headers["listened"] = True
