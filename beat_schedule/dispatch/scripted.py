"""A Redis that answers our scripts: each is registered once and found again after a restart."""

from typing import Any

import redis
from redis.exceptions import ResponseError

from beat_schedule.keys import MAIN, Keys
from beat_schedule.scripts import Script

from .errors import meant


class Scripted:
    """The scripts of one installation's Redis, for the state of one clock.

    Raises redis-py's errors, NotLeaderError and WentBackError.

    `prelude` is for tests that move Redis's time.
    """

    def __init__(
        self, client: redis.Redis, prefix: str, prelude: str | None = None, group: str = MAIN
    ) -> None:
        self.redis: Any = client
        self.keys = Keys(prefix, group)
        self._prelude = prelude
        self._scripts: dict[str, Script] = {}

    def run(self, name: str, keys: list[str], args: list[Any]) -> Any:
        """Call `<name>.lua`."""
        script = self._scripts.get(name)
        if script is None:
            script = self._scripts[name] = Script(self.redis, name, self._prelude)
        try:
            return script(keys, args)
        except ResponseError as error:
            raise meant(error) from error
