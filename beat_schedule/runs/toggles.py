"""The enum of features, found by name.

Each member is a feature: its name, and as its value a description.
"""

import enum
from collections.abc import Iterator, Mapping
from typing import Any

from beat_schedule.errors import Problem, SettingsError, suggestion
from beat_schedule.features import SETTING, Toggle
from beat_schedule.settings import Settings
from beat_schedule.translate.functions import imported
from beat_schedule.translate.report import RefusedError

#: Where the enum's module may say which features are off until somebody switches them on.
OFF_AT_FIRST = "FEATURES_DISABLED_BY_DEFAULT"

#: The table keeps names of at most this many characters.
LONGEST_NAME = 100


def toggles_of(settings: Settings) -> Mapping[str, Toggle]:
    """What the enum declares, by name, in its order; nothing where the setting names none.

    Raises SettingsError, with every problem, where there is no such enum or it cannot be used.
    """
    if not settings.features:
        return {}
    module_name, _, name = settings.features.partition(":")
    try:
        module = imported(module_name)
    except RefusedError as refused:
        raise SettingsError([Problem(SETTING, refused.reason, refused.cure)]) from refused
    declared = getattr(module, name, None)
    if not (isinstance(declared, type) and issubclass(declared, enum.Enum)):
        raise SettingsError([_no_enum(vars(module), module_name, name)])
    place = f"{module_name.replace('.', '/')}.py"
    off = getattr(module, OFF_AT_FIRST, ())
    if problems := [*_problems(declared, place), *_strangers(declared, off, place)]:
        raise SettingsError(problems)
    return {each.name: Toggle(each.name, each.value, active=each not in off) for each in declared}


def _no_enum(found: Mapping[str, Any], module: str, name: str) -> Problem:
    if name in found:
        cure = f"write `class {name}(Enum): CLOSE_SHOP = 'what it is for'`"
        return Problem(SETTING, f"{module}:{name} is no Enum", cure)
    enums = [
        each
        for each, value in found.items()
        if isinstance(value, type) and issubclass(value, enum.Enum)
    ]
    cure = suggestion(name, enums) or "write it as tasks.features:FeatureToggle"
    return Problem(SETTING, f"module {module!r} has no {name!r}", cure)


def _problems(declared: type[enum.Enum], place: str) -> Iterator[Problem]:
    """What keeps members of the enum from being features."""
    for name, member in declared.__members__.items():
        where = f"{place}: {declared.__name__}.{name}"
        if member.name != name:
            reason = f"has the description of {member.name}, so that Python takes them for one"
            yield Problem(where, reason, "give each a description of its own")
        elif not isinstance(member.value, str):
            reason = f"its value is {member.value!r}, not a description"
            yield Problem(where, reason, "write what it is for, as text")
        if len(name) > LONGEST_NAME:
            reason = f"its name has more than {LONGEST_NAME} characters"
            yield Problem(where, reason, "give it a shorter one")


def _strangers(declared: type[enum.Enum], off: Any, place: str) -> Iterator[Problem]:
    for each in off:
        if not isinstance(each, declared):
            cure = f"write {declared.__name__}.NAME"
            yield Problem(f"{place}: {OFF_AT_FIRST}", f"{each!r} is no feature", cure)
