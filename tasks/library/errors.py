"""What stops the library's tasks, beneath the tree of `beat_schedule.errors`."""

from beat_schedule.errors import HookbeatError, ProblemsError


class LibrarySettingsError(ProblemsError):
    """The library's settings cannot be used, so nobody is mailed."""

    headline = "the library's settings cannot be used; nobody was mailed"


class LibrarySetError(ProblemsError):
    """What was to be set cannot be, so nothing was."""

    headline = "nothing was set"


class DeliveryStoppedError(HookbeatError):
    """The mail server takes nothing from us; every notice it did not take is still queued."""
