"""Every single fault at every single call of a small instance: one entry, two beats, a worker.

Where the seeds draw, this walks: for each call that the instance makes and each thing that may
befall a call, one life from the beginning until all is settled.
"""

from collections.abc import Iterator

from .chaos import FATES
from .invariants import ViolationError
from .plans import Plan, Spec
from .town import Town
from .wire import Line
from .world import Strand

#: Seconds in which a fault may strike, and until all is settled.
LIFE, SETTLING = 4, 25

ONE: Plan = (Spec("two", every=2, catch_up="all", overlap="queue"),)


class Instance:
    """One life; the fault strikes at the call of that number."""

    def __init__(self, line: Line, number: int, fate: str) -> None:
        self.town = Town(line, 0, plan=ONE, beats=2, workers=1)
        self.calls = 0
        self._number = number
        self._fate = fate
        self.town.world.fate = self._strike

    def live(self) -> str:
        """What is wrong; empty while all promises are kept."""
        world = self.town.world
        try:
            world.run(world.now + LIFE * 1000)
            self._number = -1
            self.town.settle(SETTLING)
        except ViolationError as broken:
            return str(broken)
        return ""

    def _strike(self, _strand: Strand, _name: str) -> str:
        self.calls += self._number >= 0
        return self._fate if self.calls == self._number else ""


def explore(line: Line) -> Iterator[tuple[int, str, str]]:
    """Number of the call, fate and violation of every life."""
    undisturbed = Instance(line, 0, "")
    undisturbed.live()
    for number in range(1, undisturbed.calls + 1):
        for fate in FATES:
            yield number, fate, Instance(line, number, fate).live()
