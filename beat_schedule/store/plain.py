r"""Values as both databases can store them: a run is never lost for what it carries.

PostgreSQL refuses NUL in any text and NaN in JSON; JSON knows no dates and no decimals.
"""

import math
from typing import Any, TypeVar

MaybeText = TypeVar("MaybeText", str, str | None)


def plain_text(text: MaybeText) -> MaybeText:
    """The same text with what cannot be stored made visible."""
    if text is None:
        return text
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()


def plain(value: Any) -> Any:
    """The same value in JSON's own types; what JSON lacks becomes its text."""
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case str():
            return plain_text(value)
        case dict():
            return {plain_text(str(key)): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return plain_text(str(value))
