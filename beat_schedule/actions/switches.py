"""Which switches keep what is due from running: there are several, and one glance must do."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from beat_schedule.decisions import EVERYTHING, Hold, hold_of
from beat_schedule.entries import Entry
from beat_schedule.runs.guards.environment import elsewhere
from beat_schedule.runs.guards.feature import ENABLE_ALL_CRON, ENABLE_RECURRENT_CRON
from beat_schedule.settings import Settings
from beat_schedule.store.features import Feature

from .holding import CURES, told

#: What the features of the schedule as a whole keep from running.
_FEATURES = {
    ENABLE_ALL_CRON: "nothing runs on schedule",
    ENABLE_RECURRENT_CRON: "nothing runs that is due more often than once a day",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Something that keeps more than one entry from running, and how to let them go."""

    #: The kind of hold, the feature or the setting.
    name: str
    #: What is so, by whom and since when: a sentence.
    words: str
    cure: str
    #: Whether nothing runs on schedule, but for what goes on in maintenance.
    holds_everything: bool
    #: Where it is a hold: all about it.
    hold: Hold | None = None


def switches_in_force(
    holds: Iterable[Hold],
    features: Iterable[Feature] | None,
    declared: Collection[str],
    entries: Sequence[Entry],
    settings: Settings,
) -> list[Switch]:
    """Every switch that holds now, the one that holds most first.

    `holds` are those in force, `features` the rows of the table, None where nobody could ask it,
    and `declared` the names that the enum has.
    """
    found = [*_of_holds(holds), *_of_places(entries, settings)]
    if features is not None:
        found += _of_features({each.name: each for each in features}, declared)
    return sorted(found, key=lambda each: not each.holds_everything)


def _of_holds(holds: Iterable[Hold]) -> Iterator[Switch]:
    if held := hold_of(holds, EVERYTHING):
        yield Switch(
            name=str(held.kind),
            words=told(held),
            cure=CURES[held.kind],
            holds_everything=True,
            hold=held,
        )


def _of_features(rows: Mapping[str, Feature], declared: Collection[str]) -> Iterator[Switch]:
    """Only what the enum has is asked for; of that, what has no row holds as well."""
    for name, effect in _FEATURES.items():
        row = rows.get(name)
        if name not in declared or (row and row.active):
            continue
        why = f" ({row.why})" if row and row.why else ""
        is_so = f"is off by {row.changed_by}{why}" if row else "has no row"
        yield Switch(
            name=name,
            words=f"feature {name} {is_so}: {effect}",
            cure=f"hookbeat feature on {name} --why …" if row else "hookbeat migrate",
            holds_everything=name == ENABLE_ALL_CRON,
        )


def _of_places(entries: Sequence[Entry], settings: Settings) -> Iterator[Switch]:
    """What belongs to other installations, with the setting that says so."""
    reasons = [reason for entry in entries if (reason := elsewhere(entry, settings))]
    if not reasons:
        return
    guard = settings.production_guard
    yield Switch(
        name="HOOKBEAT_PRODUCTION_GUARD" if guard else "HOOKBEAT_ENVIRONMENT",
        words=f"{len(reasons)} of {len(entries)} entries do not run in {settings.environment}"
        f"{': the production guard is on' if guard else ''} (hookbeat list)",
        cure=f"name {settings.environment} in their 'environments'",
        holds_everything=len(reasons) == len(entries),
    )
