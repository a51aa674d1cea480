"""What looks like a secret in any text, whoever's it is: its shape gives it away, not its value.

Kept narrow: a line that says less than it did is worse than none when somebody looks for a fault.
"""

import re
from collections.abc import Iterable

MASK = "***"

#: Few lines have any of these, and the others cost one look.
_SUSPECT = re.compile(r"://|authorization|bearer|key|token|secret|passw", re.IGNORECASE)

_NAMES = (
    r"(?:[\w-]{0,40}(?:(?:api|secret|access|private)[_-]?key|token|password|passwd)"
    r"|(?:client|app|shared)[_-]secret)"
)

_SHAPES: Iterable[re.Pattern[str]] = [
    re.compile(shape, re.IGNORECASE)
    for shape in (
        # A password in a URL.
        r"(://[^\s/:@'\"]*:)[^\s/@'\"]+(?=@)",
        # A header, with a scheme or without.
        r"(authorization['\"]?\s*[:=]\s*['\"]?(?:basic|bearer|digest|negotiate|token)\s+)[^\s'\",]+",
        r"(authorization['\"]?\s*[:=]\s*['\"]?)(?!\S*\*\*\*)[^\s'\",]{16,}",
        r"(\bbearer\s+)[\w.~+/=-]{16,}",
        r"(\bx-[\w-]{0,40}(?:key|token)['\"]?\s*:\s*['\"]?)[^\s'\",]{8,}",
        # A field: password=…, api_key='…', "token": "…".
        rf"((?<![\w-]){_NAMES}=['\"]?)[^\s'\"&,;)]{{4,}}",
        rf"((['\"]){_NAMES}\2\s*:\s*(['\"]))[^'\"]{{4,}}(?=\3)",
    )
]


def masked(text: str) -> str:
    """The same text without what looks like a secret."""
    if not _SUSPECT.search(text):
        return text
    for shape in _SHAPES:
        text = shape.sub(rf"\1{MASK}", text)
    return text
