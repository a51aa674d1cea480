"""Which switches keep what is due from running: there are several, and one glance must do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from beat_schedule.decisions import EVERYTHING, Hold
from beat_schedule.entries import Entry
from beat_schedule.runs.guards.environment import elsewhere
from beat_schedule.runs.guards.feature import ENABLE_ALL_CRON, ENABLE_RECURRENT_CRON
from beat_schedule.settings import Settings
from beat_schedule.store.features import Feature

from .holding import CURES, hold_of, told

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
    holds: Iterable[Hold], features: Iterable[Feature], entries: Sequence[Entry], settings: Settings
) -> list[Switch]:
    """Every switch that holds now, the one that holds most first; `holds` are those in force."""
    found = [*_of_holds(holds), *_of_features(features), *_of_places(entries, settings)]
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


def _of_features(features: Iterable[Feature]) -> Iterator[Switch]:
    for each in features:
        if each.name in _FEATURES and not each.active:
            why = f" ({each.why})" if each.why else ""
            yield Switch(
                name=each.name,
                words=f"feature {each.name} is off by {each.changed_by}{why}: "
                f"{_FEATURES[each.name]}",
                cure=f"hookbeat feature on {each.name} --why …",
                holds_everything=each.name == ENABLE_ALL_CRON,
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
