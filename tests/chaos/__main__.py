"""Proof with real processes: beats, stock workers, Redis and PostgreSQL, and everything goes wrong.

    python -m tests.chaos [--minutes 30] [--seed N] [--out FILE] [--keep FOLDER]
                          [--only FAULT...] [--no-clock-steps]

The seed settles which faults come in which order and how long each lasts. Ends with 1 if a tick
was lost, doubled, early, or not on record exactly once.
"""

import argparse
import random
import sys
from datetime import timedelta

from .experiment import BEATS, arguments, conduct, folder
from .faults import FAULTS, Fault, Story, drawn, step_clock
from .house import House
from .watch import CLOCK


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--no-clock-steps", action="store_true", help="where there is no compiler")
    parser.add_argument("--only", nargs="+", choices=sorted(fault.__name__ for fault in FAULTS))
    parser.set_defaults(programme="chaos")
    chosen = parser.parse_args()
    house = House(folder(chosen), lines=BEATS, stepped=not chosen.no_clock_steps)
    return conduct(chosen, house, lambda story: disturb(house, story, chosen))


def possible(chosen: argparse.Namespace) -> dict[Fault, int]:
    return {
        fault: weight
        for fault, weight in FAULTS.items()
        if not (chosen.no_clock_steps and fault is step_clock)
        and (not chosen.only or fault.__name__ in chosen.only)
    }


def disturb(house: House, story: Story, chosen: argparse.Namespace) -> None:
    """One fault after the other until the time is up, each in a house that is calm again."""
    dice = random.Random(chosen.seed)  # noqa: S311 -- nothing secret
    faults = possible(chosen)
    until = CLOCK.now() + timedelta(minutes=chosen.minutes)
    while CLOCK.now() < until:
        drawn(dice, faults)(house, dice, story)
        house.await_calm()
        CLOCK.sleep(dice.uniform(1, 4))


if __name__ == "__main__":
    sys.exit(main())
