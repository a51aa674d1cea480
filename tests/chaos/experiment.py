"""From the first due time to the last: the frame around whatever is done to the beats."""

import argparse
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType

import redis

from . import evidence
from .account import Window, account
from .entries import ENTRIES, EVERY, QUEUE
from .faults import Story
from .house import House, UneasyError
from .report import Report
from .watch import CLOCK, wait_for

BEATS = 3

#: The exit code of a programme that Ctrl-C has ended.
INTERRUPTED = 130

#: Seconds for the record to say what became of the last due time.
RECORDED_WITHIN = 60

#: Seconds for the workers to carry out what is left, redeliveries by Celery's transport included.
DRAINED_WITHIN = 90


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def arguments(text: str) -> argparse.ArgumentParser:
    """What every programme can be told."""
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=CLOCK.now().microsecond, help="of the faults")
    parser.add_argument("--out", type=Path, help="where the figures go, as JSON")
    parser.add_argument("--keep", type=Path, help="a new folder for all logs and evidence")
    return parser


def conduct(chosen: argparse.Namespace, house: House, disturb: Callable[[Story], None]) -> int:
    """Start everything, `disturb` it, end it, add up; the exit code of the programme."""
    signal.signal(signal.SIGTERM, _interrupt)
    story = Story(say)
    try:
        with house:
            after = _begin(house)
            say(f"three beats keep {len(ENTRIES)} entries due every second; seed {chosen.seed}")
            disturb(story)
            report = _finish(house, after, story)
    except UneasyError as uneasy:
        story.tell("gave up", why=str(uneasy))
        say(f"logs and evidence are in {house.folder}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; everything that was started has ended")
        return INTERRUPTED
    report.store(chosen)
    for line in report.lines():
        say(line)
    if report.is_clean and not chosen.keep:
        shutil.rmtree(house.folder)
    else:
        say(f"logs and evidence are in {house.folder}")
    return 0 if report.is_clean else 1


def folder(chosen: argparse.Namespace) -> Path:
    return chosen.keep or Path(tempfile.mkdtemp(prefix="hookbeat-chaos-"))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _begin(house: House) -> datetime:
    """Start the beats; returns an instant after which every entry is due."""
    house.start_beats(BEATS)
    house.await_calm()
    return _whole_second(house.watch.now()) + 2 * EVERY


def _finish(house: House, after: datetime, story: Story) -> Report:
    """Wait until all is decided, on record and carried out; end everything, and add up."""
    house.await_calm()
    until = _whole_second(house.watch.now())
    say("waiting for the record and the workers to catch up")
    if not wait_for(lambda: _is_recorded(house, until), RECORDED_WITHIN, every=0.5):
        say(f"the record does not reach {until.isoformat()} after {RECORDED_WITHIN} s")
    house.stop_beats()
    wait_for(lambda: _is_drained(house.watch.client), DRAINED_WITHIN, every=0.5)
    rows = evidence.rows(house.database_url)
    house.kill_redis()
    came = list(evidence.arrivals(house.ticks))
    window = Window(after, until)
    pushes, held = evidence.pushes(house.redis_folder), evidence.held(house.redis_folder)
    found = account(window, pushes, held, came, rows)
    return Report(window, found, story, came)


def _whole_second(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)


def _is_recorded(house: House, until: datetime) -> bool:
    rows = evidence.rows(house.database_url)
    return {row.entry for row in rows if row.last_due >= until} >= set(ENTRIES)


def _is_drained(client: "redis.Redis") -> bool:
    return not client.llen(QUEUE) and not client.hlen("unacked")
