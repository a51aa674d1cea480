"""The tour: a sample library, one beat, one worker, and the notices that arrive."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

import redis
from rich.console import Console
from sqlalchemy import Engine, select

from beat_schedule.clock import SystemClock
from beat_schedule.dispatch.state import State
from beat_schedule.entries import Occurrence
from beat_schedule.errors import HookbeatError, NotFoundError
from beat_schedule.store.engine import make_engine, make_readers
from beat_schedule.store.migrate import migrate
from beat_schedule.store.models import Run, RunState
from beat_schedule.translate import load

from .house import House, alone_in, open_house
from .processes import Processes, processes
from .summary import show_next_steps, show_run

#: The task that the tour follows.
MAILER = "tasks.library.daily"

#: Seconds within which its run must have ended.
RUN_WITHIN = 120


def demo(console: Console, *, once: bool) -> int:
    """Show the whole chain; 0 when the notices were delivered, else 1."""
    folder = Path.cwd() / ".hookbeat" / "demo"
    with _ending_on_signals(), alone_in(folder), open_house(folder) as house:
        console.rule("from hooks.py to a delivered overdue notice", align="left")
        _say(console, "Redis", house.settings.redis_url.get_secret_value())
        _say(console, "SMTP sink", house.settings.smtp_url.get_secret_value())
        _fill(house, console)
        due = _due_today(house, console)
        log = folder / "processes.log"
        with processes(Path("Procfile"), house.environ, log) as team:
            _say(console, "beat and worker", f"started from Procfile, log in {log}")
            run, *others = _follow(due, house, team, console)
            delivered = show_run(console, run, others, house.sink.messages)
            if not once:
                show_next_steps(console, house)
                _stay(team)
    return 0 if delivered else 1


def _fill(house: House, console: Console) -> None:
    """Tables, and a library with loans, some of them overdue today."""
    engine = make_engine(house.settings.database_url.get_secret_value())
    migrate(engine, house.settings)
    engine.dispose()
    _say(console, "database", f"SQLite, {house.folder / 'hookbeat.db'}")
    sample = [sys.executable, "-m", "tasks.library", "sample", "--members", "200"]
    done = subprocess.run(sample, env=house.environ, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise HookbeatError(f"the sample library could not be imported:\n{done.stderr}")
    _say(console, "sample library", "imported")


def _due_today(house: House, console: Console) -> Occurrence:
    """Put the cursor just before the mailer's latest due time, so that beat finds it due.

    The other entries are new to this beat, so they start now.
    """
    entries = load(house.settings).entries
    mailer = next((entry for entry in entries if entry.task == MAILER), None)
    if mailer is None:
        raise NotFoundError(f"hooks.py declares no entry for {MAILER}: the demo follows it")
    due_at = mailer.schedule.latest(SystemClock().now() - mailer.spread)
    if due_at is None:
        raise NotFoundError(f"{mailer.key} was never due until now: give it a daily time")
    with redis.Redis.from_url(house.settings.redis_url.get_secret_value()) as client:
        state = State(client, house.settings.prefix)
        state.start_from(due_at - timedelta(seconds=1), mailer.key)
    _say(
        console,
        "hooks.py",
        f"{len(entries)} entries; {mailer.key} was due {due_at:%Y-%m-%d %H:%M %Z}",
    )
    return Occurrence(entry=mailer, due_at=due_at)


def _follow(due: Occurrence, house: House, team: Processes, console: Console) -> list[Run]:
    """Wait until the run of `due` has ended, telling how far it is; it, then all other runs.

    What it queued, the entry that delivers may have sent beside it.
    """
    clock = SystemClock()
    deadline = clock.monotonic() + RUN_WITHIN
    engine = make_engine(house.settings.database_url.get_secret_value())
    sessions = make_readers(engine)
    with _disposing(engine), console.status("beat decides what is due ...") as status:
        while clock.monotonic() < deadline:
            team.check()
            with sessions.begin() as session:
                runs = sorted(session.scalars(select(Run)), key=lambda run: run.id != due.run_id)
            ended = all(run.state is RunState.ENDED for run in runs)
            if runs and runs[0].id == due.run_id and ended:
                return runs
            if runs:
                status.update(f"{due.entry.task} runs: {len(house.sink.messages)} notices arrived")
            clock.sleep(0.1)
    raise HookbeatError(f"no run of {due.entry.key} ended within {RUN_WITHIN} s; see {team.log}")


@contextmanager
def _disposing(engine: Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()


def _stay(team: Processes) -> None:
    """Until Ctrl-C."""
    clock = SystemClock()
    try:
        while True:
            team.check()
            clock.sleep(0.5)
    except KeyboardInterrupt:
        return


def _say(console: Console, what: str, how: str) -> None:
    console.print(f"[green]✓[/] {what:<16} {how}", highlight=False, soft_wrap=True)


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the demo as Ctrl-C does, so that nothing is left running."""

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
