"""What the project itself has that handlers rely on: what tasks may ask for."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from beat_schedule.settings import PREFIX, Settings
from beat_schedule.task import Task

from .functions import found_at
from .offer import EVERY_RUN, Offer
from .report import RefusedError

PROVIDERS = f"{PREFIX}PROVIDERS"


def providers_named(name: str) -> Any:
    """What `module:name` names; raises RefusedError when that is not there or offers nothing."""
    module = name.partition(":")[0]
    try:
        found = found_at(name.replace(":", "."))
    except RefusedError as refused:
        cure = refused.cure.replace(f"'{module}.", f"'{module}:")
        raise RefusedError(refused.reason, cure) from None
    if isinstance(getattr(found, "offer", None), Offer):
        return found
    raise RefusedError(
        f"{name} is no Providers",
        "write `providers = Providers()` there, and `providers.provide(for_=…, build=…)`",
    )


def offer_of(settings: Settings) -> Offer:
    """What a run offers in this project; raises RefusedError as `providers_named`."""
    offer: Offer = providers_named(settings.providers).offer if settings.providers else EVERY_RUN
    return offer


def registered_tasks(settings: Settings) -> Sequence[type[Task]]:
    """The Task classes that the project registers by hand; none where `offer_of` would raise."""
    if not settings.providers:
        return ()
    with suppress(RefusedError):
        return tuple(providers_named(settings.providers).tasks)
    return ()
