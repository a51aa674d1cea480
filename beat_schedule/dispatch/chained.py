"""What a leader's passes do to Redis: one chain of steps, each of which knows the one before."""

import secrets
from collections.abc import Sequence
from typing import Any

from .scripted import Scripted


class Chained(Scripted):
    """So a Redis that went back is found out. After an error nobody knows where the chain ends."""

    #: The grant under which we go on, and our last step.
    _chain = ("", "")

    def _step(self, name: str, keys: list[str], grant: str, args: Sequence[Any]) -> Any:
        """Call a script that is a step of the chain."""
        chained, before = self._chain
        if chained != grant:
            before = (self.redis.hget(self.keys.lease, "step") or b"").decode()
        step = secrets.token_hex(4)
        answer = self.run(name, keys, [f"{grant}|{before}|{step}", *args])
        self._chain = (grant, step)
        return answer
