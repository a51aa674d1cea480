"""Whether this installation is one in which the entry runs."""

from beat_schedule.entries import Entry
from beat_schedule.settings import Settings

from .asked import Asked

#: The environment outside of which the production guard stands.
PRODUCTION = "production"


def environment(asked: Asked) -> str | None:
    """`runs only in production, this is testing`."""
    return elsewhere(asked.entry, asked.settings)


def elsewhere(entry: Entry | None, settings: Settings) -> str | None:
    """Why the entry does not run in this installation; None where it does."""
    wanted = entry.run_policy.environments if entry else ()
    here = settings.environment
    if here in wanted:
        return None
    if wanted:
        return f"runs only in {' and '.join(wanted)}, this is {here}"
    if settings.production_guard and here != PRODUCTION:
        return f"outside of {PRODUCTION} only entries run that name it, this is {here}"
    return None
