"""What one run has built for its function: each thing once, and left in reverse order."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Any, Self

from beat_schedule.errors import NotProvidedError


class Supplies:
    """Builds what is asked for, when it is; as a context manager leaves what it has entered."""

    def __init__(self, builds: Mapping[str, Callable[[Any], Any]], context: Any) -> None:
        self._builds = builds
        self._context = context
        self._values: dict[str, Any] = {}
        #: Each was asked for by the one before it.
        self._being_built: list[str] = []
        self._entered = ExitStack()

    def value(self, key: str) -> Any:
        """What is built under that key; raises NotProvidedError, and whatever building raises."""
        if key not in self._values:
            if key not in self._builds:
                raise NotProvidedError(f"nobody provides {key}: HOOKBEAT_PROVIDERS names who does")
            if key in self._being_built:
                circle = " asks for ".join([*self._being_built, key])
                raise NotProvidedError(f"what is provided goes round in a circle: {circle}")
            self._values[key] = self._built(key)
        return self._values[key]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        frames: TracebackType | None,
    ) -> None:
        self._entered.__exit__(kind, error, frames)

    def _built(self, key: str) -> Any:
        self._being_built.append(key)
        try:
            built = self._builds[key](self._context)
            if not isinstance(built, AbstractContextManager):
                return built
            value = built.__enter__()
        finally:
            self._being_built.pop()
        self._entered.push(_leaving(built))
        return value


def _leaving(entered: AbstractContextManager[Any]) -> Callable[..., bool]:
    """Leaves it, and keeps it from hiding that the run failed."""

    def leave(*how: Any) -> bool:
        entered.__exit__(*how)
        return False

    return leave
