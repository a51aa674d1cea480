"""The Lua scripts, one a file: each is one step that Redis takes whole or not at all."""

from importlib.resources import files


def source(name: str) -> str:
    """The text of `<name>.lua`."""
    return files(__name__).joinpath(f"{name}.lua").read_text(encoding="utf-8")
