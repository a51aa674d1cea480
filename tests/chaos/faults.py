"""What is done to the house: each fault is a function of the house, the dice and the story.

A fault begins in a calm house and leaves everything running again; that it is calm again is for
the caller to wait for.
"""

import math
import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .house import House
from .watch import CLOCK

#: A standby may take a lease that it has seen unchanged for 5 s, so it must have been there.
STANDBY_READY = 6.0

#: How long to look for a takeover before it is written down as missing, in seconds.
TAKEOVER_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Takeover:
    """From the signal to another grant, and whose signal it was; `seconds` None: none was seen."""

    kind: str
    #: The process that led.
    pid: int
    #: When it was signalled.
    at: datetime
    seconds: float | None


@dataclass(slots=True)
class Story:
    """What was done, and what was measured on the way."""

    say: Callable[[str], None]
    takeovers: list[Takeover] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    #: How busy the machine was with other things: the load of the last minute before.
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])

    def tell(self, fault: str, **details: Any) -> None:
        at = CLOCK.now().isoformat(timespec="milliseconds")
        self.events.append({"at": at, "fault": fault} | details)
        self.say(
            " ".join([at[11:], fault, *(f"{name}={value}" for name, value in details.items())])
        )


def aim(dice: random.Random) -> None:
    """Half the time, wait for the instant in which due times are decided."""
    if dice.random() < 0.5:
        moment = CLOCK.now().timestamp()
        CLOCK.sleep(math.ceil(moment) - moment + dice.uniform(0, 0.03))


def depose(
    house: House,
    story: Story,
    number: signal.Signals,
    dice: random.Random,
    ready: float = STANDBY_READY,
) -> int:
    """Signal the leader, and measure until another leads; returns which beat it was.

    Before, a standby is waited for that has watched for `ready` seconds.
    """
    house.await_standby(ready)
    leader, grant = house.leading(), house.watch.lease().grant
    aim(dice)
    pid = house.beats[leader].pid
    at, since = CLOCK.now(), CLOCK.monotonic()
    house.beats[leader].signal(number)
    seconds = house.watch.takeover(grant, since, TAKEOVER_WITHIN)
    story.takeovers.append(Takeover(number.name, pid, at, seconds))
    story.tell(f"{number.name} to the leader", beat=leader, takeover=seconds and round(seconds, 3))
    return leader


def kill_leader(house: House, dice: random.Random, story: Story) -> None:
    house.restart(depose(house, story, signal.SIGKILL, dice))


def end_leader(house: House, dice: random.Random, story: Story) -> None:
    house.restart(depose(house, story, signal.SIGTERM, dice))


def freeze_leader(house: House, dice: random.Random, story: Story) -> None:
    """It wakes up in the middle of what it was doing, up to 20 s later."""
    seconds = dice.uniform(1, 20)
    leader = house.leading()
    aim(dice)
    story.tell("SIGSTOP to the leader", beat=leader, seconds=round(seconds, 1))
    _frozen(house, leader, seconds)


def freeze_standby(house: House, dice: random.Random, story: Story) -> None:
    seconds, standby = dice.uniform(1, 20), house.standing_by(dice)
    story.tell("SIGSTOP to a standby", beat=standby, seconds=round(seconds, 1))
    _frozen(house, standby, seconds)


def _frozen(house: House, beat: int, seconds: float) -> None:
    house.beats[beat].signal(signal.SIGSTOP)
    CLOCK.sleep(seconds)
    house.beats[beat].signal(signal.SIGCONT)


def hit_standby(house: House, dice: random.Random, story: Story) -> None:
    standby, number = house.standing_by(dice), dice.choice([signal.SIGKILL, signal.SIGTERM])
    story.tell(f"{number.name} to a standby", beat=standby)
    house.beats[standby].signal(number)
    house.beats[standby].wait()
    house.restart(standby)


def kill_every_beat(house: House, dice: random.Random, story: Story) -> None:
    """Nobody decides anything for so long that due times are late."""
    seconds = dice.uniform(0, 25)
    story.tell("SIGKILL to every beat", away=round(seconds, 1))
    for beat in house.beats:
        beat.kill()
    CLOCK.sleep(seconds)
    for number in range(len(house.beats)):
        house.restart(number)


def roll(house: House, dice: random.Random, story: Story) -> None:
    """A deploy: one beat after the other, each in its grace period."""
    order = dice.sample(range(len(house.beats)), len(house.beats))
    story.tell("rolling restart", order=order)
    for number in order:
        house.beats[number].stop()
        house.restart(number)
        house.await_calm()


def kill_redis(house: House, dice: random.Random, story: Story) -> None:
    seconds = dice.choice([0.0, dice.uniform(0, 5), dice.uniform(5, 15)])
    aim(dice)
    story.tell("SIGKILL to Redis", away=round(seconds, 1))
    house.kill_redis()
    CLOCK.sleep(seconds)
    house.start_redis()


def pause_clients(house: House, dice: random.Random, story: Story) -> None:
    millis, mode = dice.randint(1_000, 8_000), dice.choice(["WRITE", "ALL"])
    aim(dice)
    story.tell("CLIENT PAUSE", seconds=millis / 1000, mode=mode)
    house.watch.client.execute_command("CLIENT", "PAUSE", millis, mode)
    CLOCK.sleep(millis / 1000)


def stall(house: House, dice: random.Random, story: Story) -> None:
    """Half-open: what the beat sent on its way arrives when the network is whole again."""
    seconds = dice.uniform(1, 20)
    beat = dice.choice([house.leading(), house.standing_by(dice)])
    aim(dice)
    story.tell("half-open line", beat=beat, seconds=round(seconds, 1))
    _with_line(house, beat, "stall", seconds)


def swallow(house: House, dice: random.Random, story: Story) -> None:
    """Requests are carried out, and nobody hears of it."""
    seconds, leader = dice.uniform(0.05, 8), house.leading()
    aim(dice)
    story.tell("lost replies to the leader", beat=leader, seconds=round(seconds, 2))
    _with_line(house, leader, "swallow", seconds)


def _with_line(house: House, beat: int, mode: str, seconds: float) -> None:
    house.set_line(beat, mode)
    CLOCK.sleep(seconds)
    house.set_line(beat, "pass")


def step_clock(house: House, dice: random.Random, story: Story) -> None:
    """Redis's wall clock alone is wrong for a while."""
    by = timedelta(seconds=dice.choice([3600, 3600, -3600, -3600, 5, -5]))
    seconds = dice.uniform(0.5, 12)
    aim(dice)
    story.tell("Redis's clock stepped", by=int(by.total_seconds()), seconds=round(seconds, 1))
    house.step_clock(by)
    CLOCK.sleep(seconds)
    house.step_clock(timedelta(0))


def stop_database(house: House, dice: random.Random, story: Story) -> None:
    """Decisions go on without their record, while something else goes wrong."""
    seconds = dice.uniform(2, 20)
    meanwhile = dice.choice([end_leader, kill_leader, freeze_leader, kill_redis, hit_standby])
    story.tell("database stopped", seconds=round(seconds, 1), meanwhile=meanwhile.__name__)
    house.stop_database()
    CLOCK.sleep(seconds)
    meanwhile(house, dice, story)
    house.start_database()


Fault = Callable[[House, random.Random, Story], None]

#: How often each, of the sum of all.
FAULTS: dict[Fault, int] = {
    kill_leader: 6,
    end_leader: 5,
    freeze_leader: 5,
    freeze_standby: 1,
    hit_standby: 2,
    kill_every_beat: 2,
    roll: 2,
    kill_redis: 4,
    pause_clients: 3,
    stall: 4,
    swallow: 5,
    step_clock: 4,
    stop_database: 2,
}


def drawn(dice: random.Random, faults: dict[Fault, int]) -> Fault:
    return dice.choices(list(faults), weights=list(faults.values()))[0]
