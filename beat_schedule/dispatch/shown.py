"""Arguments as a message shows them to people: `argsrepr` and `kwargsrepr`."""

from collections.abc import Iterable
from typing import Any

from celery.utils.saferepr import saferepr

#: What shows itself; a number that is no plain one may not.
_PLAIN = frozenset({int, float, bool, type(None)})


def shown(arguments: Any, most: int) -> str:
    """What Celery's `saferepr` says of them, much faster where they are plain and few."""
    text = _flat(arguments) if _IS_AS_CELERY else None
    if text is None or len(text) >= most:
        return str(saferepr(arguments, most))
    return text


def _flat(arguments: Any) -> str | None:
    """None for what is not a list or mapping of texts and plain numbers."""
    if arguments == ():
        return "()"
    if type(arguments) is list:
        words = _words(arguments)
        return None if words is None else f"[{', '.join(words)}]"
    if type(arguments) is dict:
        keys, words = _words(arguments), _words(arguments.values())
        if keys is None or words is None:
            return None
        pairs = (f"{key}: {word}" for key, word in zip(keys, words, strict=True))
        return f"{{{', '.join(pairs)}}}"
    return None


def _words(values: Iterable[Any]) -> list[str] | None:
    words = []
    for value in values:
        if type(value) is str:
            escaped = value.replace("'", "\\'")
            words.append(f"'{escaped}'")
        elif type(value) in _PLAIN:
            words.append(str(value))
        else:
            return None
    return words


#: Should a Celery show them otherwise, its own way is always taken.
_IS_AS_CELERY = all(
    _flat(sample) == saferepr(sample, 1024)
    for sample in (
        (),
        {},
        ["it's", "", 'a "b" \\', 1, -2.5, True, None],
        {"a": "b'", "c": 2, 3: None},
    )
)
