"""What a line of each CSV file means; each function raises ValueError with the reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tasks.library.models import ID_LENGTH, Kind
from tasks.library.notices import one_line
from tasks.library.settings.parsing import LANGUAGES

YES = ("yes", "true", "1")
NO = ("no", "false", "0", "")

#: Outside of these, a time is a typing error.
FIRST_YEAR, LAST_YEAR = 1900, 2200


def member(fields: Mapping[str, str]) -> dict[str, Any]:
    language = fields["language"].lower()
    if language and language not in LANGUAGES:
        raise ValueError(f"language {language!r} must be {' or '.join(LANGUAGES)}")
    values: dict[str, Any] = {
        "id": _id(fields, "id"),
        "name": _text(fields, "name"),
        "email": fields["email"] or None,
        "language": language or None,
    }
    for name in ("opted_out", "blocked"):
        if name in fields:
            values[name] = _yes(fields, name)
    return values


def article(fields: Mapping[str, str]) -> dict[str, Any]:
    return {"id": _id(fields, "id"), "title": _text(fields, "title")}


def transaction(fields: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """A time without an offset is the library's own."""
    kind = fields["type"].lower()
    if kind not in set(Kind):
        raise ValueError(f"type {fields['type']!r} must be {', '.join(Kind)}")
    return {
        "id": _id(fields, "id"),
        "article_id": _id(fields, "article"),
        "member_id": _id(fields, "member"),
        "type": Kind(kind),
        "at": _instant(fields["at"], zone),
    }


def _id(fields: Mapping[str, str], name: str) -> str:
    text = fields[name]
    if not text:
        raise ValueError(f"{name} is empty")
    if len(text) > ID_LENGTH:
        raise ValueError(f"{name} has {len(text)} characters; {ID_LENGTH} at most")
    if one_line(text) != text:
        raise ValueError(f"{name} holds a line break or another control character")
    return text


def _text(fields: Mapping[str, str], name: str) -> str:
    text = one_line(fields[name])
    if not text:
        raise ValueError(f"{name} is empty")
    return text


def _yes(fields: Mapping[str, str], name: str) -> bool:
    text = fields[name].lower()
    if text not in YES + NO:
        raise ValueError(f"{name} {text!r} must be yes or no")
    return text in YES


def _instant(text: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"at {text!r} must be a time as 2026-01-31T17:30") from None
    if not FIRST_YEAR < at.year < LAST_YEAR:
        raise ValueError(f"at {text!r} must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return at if at.tzinfo else at.replace(tzinfo=zone)
