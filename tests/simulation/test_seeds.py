"""Fresh seeds of the simulation, each replayable by its number."""

import os
import subprocess
import sys
from pathlib import Path

#: How many, and optionally the first: `SIMULATION_SEEDS=20 SIMULATION_FROM=7`.
SEEDS = os.environ.get("SIMULATION_SEEDS", "60")
FIRST = os.environ.get("SIMULATION_FROM")

ROOT = Path(__file__).parents[2]


def test_no_seed_breaks_a_promise():
    from_ = ["--from", FIRST] if FIRST else []
    told = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seeds", SEEDS, *from_],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    print(told.stdout, told.stderr)  # noqa: T201
    assert told.returncode == 0, told.stdout
