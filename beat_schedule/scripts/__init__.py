"""The Lua scripts, one a file: each is one step that Redis takes whole or not at all."""

from functools import cache
from importlib.resources import files


@cache
def text(name: str) -> str:
    """The file `<name>.lua` as it stands."""
    return files(__name__).joinpath(f"{name}.lua").read_text(encoding="utf-8")


def source(name: str, prelude: str | None = None) -> str:
    """What Redis is given: the prelude, or a test's own in its place, and the script."""
    return f"{text('prelude') if prelude is None else prelude}\n{text(name)}"
