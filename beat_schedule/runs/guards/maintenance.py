"""Whether everything is in maintenance."""

from datetime import datetime

from beat_schedule.decisions import EVERYTHING, HoldKind

from .asked import Asked


def maintenance(asked: Asked) -> str | None:
    """`maintenance since 14:02 Europe/Paris by ada: migration`, unless the entry goes on even then.

    The time of day is that of `HOOKBEAT_TIMEZONE`, with its date if that is not today.
    """
    held = asked.hold(EVERYTHING)
    if held is None or held.kind is not HoldKind.MAINTENANCE:
        return None
    if asked.entry and asked.entry.policy.even_in_maintenance:
        return None
    why = f": {held.why}" if held.why else ""
    return f"maintenance since {_said(held.since, asked)} by {held.by}{why}"


def _said(since: datetime, asked: Asked) -> str:
    zone = asked.settings.zone
    local, now = (each.astimezone(zone) for each in (since, asked.now))
    at = f"{local:%H:%M}" if local.date() == now.date() else f"{local:%Y-%m-%d %H:%M}"
    return f"{at} {zone.key}"
