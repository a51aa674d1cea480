"""What settings are written as: seconds, pairs, addresses, secrets."""

import re
from collections.abc import Callable, Mapping
from email.headerregistry import HeaderRegistry
from typing import Any

from pydantic import SecretStr

#: The record keeps the names of queues of at most 100 characters.
_QUEUE = re.compile(r"[^\s,=]{1,100}")

#: A week of seconds: what `all` waits at most, and what a run may take.
LONGEST = 7 * 24 * 3600


def checked(value: SecretStr, check: Callable[[str], str]) -> SecretStr:
    return SecretStr(check(value.get_secret_value()))


def pairs(value: Any) -> list[tuple[str, str]]:
    """NAME=SECONDS, separated by commas."""
    said = [each.partition("=") for each in str(value).split(",") if each.strip()]
    if not isinstance(value, str) or not all(sign for _, sign, _ in said):
        raise ValueError("must be NAME=SECONDS, separated by commas: reports=600,exports=3600")
    return [(name.strip(), limit) for name, _, limit in said]


def queue_seconds(value: Any) -> dict[str, int]:
    """By the names of queues, as a mapping or as pairs: how long a run may take in each."""
    said = list(value.items()) if isinstance(value, Mapping) else pairs(value)
    names = [name for name, _ in said]
    for name in names:
        if not _QUEUE.fullmatch(name) or not name.isprintable():
            raise ValueError(
                f"{name!r} cannot be the name of a queue: 1 to 100 characters, no blanks"
            )
        if names.count(name) > 1:
            raise ValueError(f"{name!r} stands there twice")
    return {name: seconds(limit) for name, limit in said}


def seconds(value: Any) -> int:
    """A whole number, as a number or as text; True is none, though Python counts with it."""
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,9}\s*", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST:
        raise ValueError(f"must be a whole number of seconds, from 1 to {LONGEST} (a week)")
    return value


def addresses(value: str) -> list[str]:
    """The addresses that a header of a mail would have; none when one of them is none."""
    if not value.isprintable():
        return []
    header: Any = HeaderRegistry()("to", value)
    found = [(address.username, address.domain) for address in header.addresses]
    is_whole = not header.defects and all(name and domain for name, domain in found)
    return [f"{name}@{domain}" for name, domain in found] if is_whole else []
