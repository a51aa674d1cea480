"""Every zone and every clock change from 2026 to 2037, Cron beside the oracle.

Run as `python -m tests.dst.check`; it ends with 1 if there was any difference.
"""

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

from rich.console import Console
from rich.progress import track

from .compare import EXPRESSIONS, Difference, differences
from .oracle import transitions

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2038, 1, 1, tzinfo=UTC)
#: Where a zone without transitions is looked at, so that none is left out.
ANY_TIME = datetime(2030, 6, 30, tzinfo=UTC)

#: Enough to see what is wrong.
SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found for one zone."""

    transitions: int
    comparisons: int
    due_times: int
    differences: Sequence[Difference]


def judge(key: str) -> Verdict:
    zone = ZoneInfo(key)
    changes = list(transitions(zone, SINCE, UNTIL))
    answers = [differences(zone, around) for around in changes or [ANY_TIME]]
    return Verdict(
        transitions=len(changes),
        comparisons=len(answers) * len(EXPRESSIONS),
        due_times=sum(count for count, _ in answers),
        differences=[difference for _, found in answers for difference in found],
    )


def database() -> str:
    """Which release of the time zone database answers here."""
    for folder in TZPATH:
        source = Path(folder) / "tzdata.zi"
        if source.exists():
            first = source.read_text().splitlines()[0]
            return f"{first.removeprefix('# version ')} ({folder})"
    return f"{import_module('tzdata').IANA_VERSION} (the tzdata package)"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    console = Console()
    keys = sorted(available_timezones())
    with multiprocessing.Pool(parser.parse_args().processes) as pool:
        verdicts = list(
            track(
                pool.imap_unordered(judge, keys, chunksize=4),
                total=len(keys),
                description="zones",
                console=console,
            )
        )
    found = [difference for verdict in verdicts for difference in verdict.differences]
    for difference in found[:SHOWN]:
        console.print(str(difference), markup=False)
    console.print(f"time zone database: {database()}", highlight=False)
    console.print(f"zones: {len(keys)}")
    console.print(f"zones with transitions: {sum(v.transitions > 0 for v in verdicts)}")
    console.print(f"transitions: {sum(v.transitions for v in verdicts)}")
    console.print(f"expressions: {len(EXPRESSIONS)}")
    console.print(f"comparisons: {sum(v.comparisons for v in verdicts)}")
    console.print(f"due times: {sum(v.due_times for v in verdicts)}")
    console.print(f"differences: {len(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
