"""The leader is ended again and again on a machine that does nothing else; a standby takes over.

    python -m tests.chaos.restarts [--times 1000] [--signal TERM|KILL] [--seed N] [--out FILE]

The leader gets the signal, another beat takes the lead, and only then a fresh one is started and
waited for, so that the takeover is measured while no process starts. Ends with 1 if a tick was
lost, doubled, early, or not on record exactly once.
"""

import random
import signal
import sys

from .experiment import arguments, conduct, folder, say
from .faults import STANDBY_READY, Story, depose
from .house import House
from .watch import CLOCK

#: Progress is told after so many.
TOLD_EVERY = 50


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--signal", choices=["TERM", "KILL"], default="TERM")
    parser.set_defaults(programme="restarts")
    chosen = parser.parse_args()
    number = signal.Signals[f"SIG{chosen.signal}"]
    house = House(folder(chosen), lines=0, stepped=False)
    dice = random.Random(chosen.seed)  # noqa: S311 -- nothing secret
    return conduct(chosen, house, lambda story: restart(house, story, chosen.times, number, dice))


def restart(
    house: House, story: Story, times: int, number: signal.Signals, dice: random.Random
) -> None:
    # After SIGTERM the lease is free at once; one that nobody gave back must be watched first.
    ready = STANDBY_READY if number is signal.SIGKILL else 0.0
    for done in range(1, times + 1):
        ended = depose(house, story, number, dice, ready=ready)
        house.beats[ended].wait()
        house.restart(ended)
        house.await_calm()
        CLOCK.sleep(dice.uniform(0, 0.5))
        if done % TOLD_EVERY == 0:
            longest = max(takeover.seconds or 0 for takeover in story.takeovers)
            say(f"{done} of {times} restarts; the longest takeover took {longest:.3f} s")


if __name__ == "__main__":
    sys.exit(main())
