"""What `hookbeat check` says of features: those that are unknown, and entries without any."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from beat_schedule.entries import Entry
from beat_schedule.errors import Problem, SettingsError, suggestion
from beat_schedule.features import SETTING, Toggle
from beat_schedule.runs.guards.feature import features_of
from beat_schedule.runs.marks import marks_at
from beat_schedule.runs.toggles import toggles_of
from beat_schedule.settings import Settings
from beat_schedule.translate import Translation


def checked(
    translation: Translation, settings: Settings, *, imports: bool, require: bool
) -> Translation:
    """The same with these complaints.

    Without `imports` the enum is not looked up, nor what decorators say. With `require` an entry
    without a feature is a problem.
    """
    problems = list(translation.problems)
    warnings = list(translation.warnings)
    if imports:
        try:
            toggles = toggles_of(settings)
        except SettingsError as error:
            problems += error.problems
        else:
            problems += _unknown(translation, toggles)
        warnings += _disorders(translation)
    if require:
        problems += [
            Problem(
                entry.place,
                "requires no feature",
                "add 'feature': 'NAME', or @cron_require_feature to its function",
            )
            for entry in without_feature(translation, imports=imports)
        ]
    return replace(translation, problems=tuple(problems), warnings=tuple(warnings))


def without_feature(translation: Translation, *, imports: bool) -> list[Entry]:
    return [entry for entry in translation.entries if not _features(entry, imports=imports)]


def _features(entry: Entry, *, imports: bool) -> tuple[str, ...]:
    if imports:
        return features_of(entry)
    return (entry.run_policy.feature,) if entry.run_policy.feature else ()


def _unknown(translation: Translation, toggles: Mapping[str, Toggle]) -> Iterator[Problem]:
    """What would be refused at every run."""
    for entry in translation.entries:
        for name in features_of(entry):
            if name not in toggles:
                cure = suggestion(name, toggles) or f"{SETTING} names the enum of features"
                yield Problem(entry.place, f"requires the unknown feature {name}", cure)


def _disorders(translation: Translation) -> Iterator[Problem]:
    for entry in translation.entries:
        marks = marks_at(entry.task)
        if marks and marks.disorder:
            cure = "put it nearest to the function, below all others"
            yield Problem(entry.place, f"{entry.task}: {marks.disorder}", cure)
