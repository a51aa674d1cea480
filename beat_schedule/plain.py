r"""Values as both databases can store them: a run is never lost for what it carries.

PostgreSQL refuses NUL in any text and NaN in JSON; JSON knows no dates and no decimals.
"""

import math
from typing import Any, TypeVar

#: Of the integers that every reader of JSON takes as they are.
BITS = 64

MaybeText = TypeVar("MaybeText", str, str | None)


def plain_text(text: MaybeText) -> MaybeText:
    """The same text with what cannot be stored made visible."""
    if text is None:
        return text
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()


def plain(value: Any) -> Any:
    """The same value in JSON's own types; what JSON lacks becomes its text."""
    match value:
        case None | bool():
            return value
        case int() | float():
            return _number(value)
        case str():
            return plain_text(value)
        case dict():
            return {plain_text(_said(key)): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return plain_text(_said(value))


def _number(value: float) -> int | float | str:
    stored = value.bit_length() < BITS if isinstance(value, int) else math.isfinite(value)
    return value if stored else _said(value)


def _said(value: Any) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 -- anybody's __str__
        return f"<{type(value).__name__} without words: {type(error).__name__}>"
