"""`python -m tests.simulation --seeds 500`: fresh or given seeds, and what they found."""

import argparse
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor

from beat_schedule.clock import SystemClock

from .town import Result, live
from .wire import Line, Server

#: Seeds that one process takes at once.
BATCH = 10


def main() -> int:
    options = _options()
    # Sets of texts are walked in an order that differs from process to process, unless told.
    if os.environ.get("PYTHONHASHSEED") != "0":
        arguments = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, arguments, os.environ | {"PYTHONHASHSEED": "0"})  # noqa: S606
    logging.disable(logging.CRITICAL)
    if options.seed is not None:
        return _replay(options.seed, is_traced=options.trace)
    first = options.start if options.start is not None else int.from_bytes(os.urandom(4))
    return _many(range(first, first + options.seeds), options.processes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=500, help="how many")
    parser.add_argument("--from", type=int, dest="start", help="the first; drawn if not given")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, help="replay this one")
    parser.add_argument("--trace", action="store_true", help="with --seed: tell all that happens")
    return parser.parse_args()


def _replay(seed: int, *, is_traced: bool) -> int:
    (result,) = run_here([seed], is_traced=is_traced)
    print(*result.trace, sep="\n")  # noqa: T201
    print(f"seed {seed}: {result.violation or 'all promises kept'} {result.counts}")  # noqa: T201
    return bool(result.violation)


def _many(seeds: range, processes: int) -> int:
    print(f"seeds {seeds.start} to {seeds.stop - 1}", flush=True)  # noqa: T201
    clock = SystemClock()
    began = clock.monotonic()
    counts: Counter[str] = Counter()
    violations = 0
    for done, result in enumerate(run(seeds, processes), start=1):
        counts.update(result.counts)
        if result.violation:
            violations += 1
            print(f"seed {result.seed}: {result.violation}", flush=True)  # noqa: T201
        if done % 100 == 0:
            print(f"{done} of {len(seeds)}", flush=True)  # noqa: T201
    seconds = clock.monotonic() - began
    said = ", ".join(f"{counts[name]} {name}" for name in ("due", "sent", "lost", "doubled"))
    print(f"{len(seeds)} seeds: {said}, {violations} violations, {seconds:.0f} s")  # noqa: T201
    return bool(violations)


def run(seeds: range, processes: int) -> Iterator[Result]:
    """Live through the seeds, in processes that each have a Redis of their own."""
    batches = [seeds[at : at + BATCH] for at in range(0, len(seeds), BATCH)]
    with ProcessPoolExecutor(processes) as pool:
        for results in pool.map(run_here, batches):
            yield from results


def run_here(seeds: Iterable[int], *, is_traced: bool = False) -> list[Result]:
    logging.disable(logging.CRITICAL)
    server = Server()
    line = Line(server.path)
    try:
        return [live(line, seed, is_traced=is_traced) for seed in seeds]
    finally:
        line.close()
        server.close()


if __name__ == "__main__":
    sys.exit(main())
