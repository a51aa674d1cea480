"""What sending one due time writes into Redis."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Push:
    """One write that a message consists of: `LPUSH` to a queue or `PUBLISH` to a topic."""

    command: str
    key: str
    payload: str


@dataclass(frozen=True, slots=True)
class Message:
    """What sends one due time of an entry."""

    pushes: tuple[Push, ...]
    #: Where it waits, without the key prefix; empty where it waits nowhere, as with fanout.
    queue: str
    #: The queue's list of its priority.
    step: int
