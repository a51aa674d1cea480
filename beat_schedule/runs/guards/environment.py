"""Whether this installation is one in which the entry runs."""

from .asked import Asked


def environment(asked: Asked) -> str | None:
    """`runs only in production, this is testing`."""
    wanted = asked.entry.run_policy.environments if asked.entry else ()
    here = asked.settings.environment
    if not wanted or here in wanted:
        return None
    return f"runs only in {' and '.join(wanted)}, this is {here}"
