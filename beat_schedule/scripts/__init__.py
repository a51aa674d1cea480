"""The Lua scripts, one a file: each is one step that Redis takes whole or not at all."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError


@cache
def text(name: str) -> str:
    """The file `<name>.lua` as it stands."""
    return files(__name__).joinpath(f"{name}.lua").read_text(encoding="utf-8")


def source(name: str, prelude: str | None = None) -> str:
    """What Redis is given: the prelude, or a test's own in its place, and the script."""
    return f"{text('prelude') if prelude is None else prelude}\n{text(name)}"


class Script:
    """One of them in a Redis: called by its digest, and found again whatever Redis forgets.

    `prelude` is for tests that move Redis's time. Raises redis-py's errors.
    """

    def __init__(self, client: Any, name: str, prelude: str | None = None) -> None:
        self._client = client
        self._registered = client.register_script(source(name, prelude))

    def __call__(self, keys: Sequence[str], args: Sequence[Any]) -> Any:
        try:
            # Not redis-py's own call, which asks for a connection's encoder each time, and loads
            # what is missing in a step of its own: it may be gone again by the next.
            return self._client.evalsha(self._registered.sha, len(keys), *keys, *args)
        except NoScriptError:
            # A new server, or one that was told to forget: this one keeps it, and runs it.
            return self._client.eval(self._registered.script, len(keys), *keys, *args)
