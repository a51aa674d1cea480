"""The enum of features, found by name."""

import sys
import uuid

import pytest

from beat_schedule.errors import NotFoundError, SettingsError
from beat_schedule.features import Features, Toggle
from beat_schedule.runs.toggles import toggles_of
from beat_schedule.settings import Settings

GOOD = """
from enum import Enum

class FeatureToggle(Enum):
    SYNC_ALGOLIA = "Index what has changed"
    MAIL_NOTICES = "Mail the notices"

FEATURES_DISABLED_BY_DEFAULT = (FeatureToggle.MAIL_NOTICES,)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A module of this text, under a name of its own."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def project(text=GOOD):
        name = f"features_{uuid.uuid4().hex[:8]}"
        (tmp_path / f"{name}.py").write_text(text)
        return name

    return project


def toggles(name):
    return toggles_of(Settings(features=name))


def test_every_member_is_a_feature_with_its_description(project):
    assert list(toggles(f"{project()}:FeatureToggle").values()) == [
        Toggle("SYNC_ALGOLIA", "Index what has changed", active=True),
        Toggle("MAIL_NOTICES", "Mail the notices", active=False),
    ]


def test_without_a_name_there_are_none():
    assert toggles("") == {}


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("no_such_module:FeatureToggle", "HOOKBEAT_FEATURES: no module named 'no_such_module'"),
        ("MODULE:FeatureToggel", "has no 'FeatureToggel' .did you mean 'FeatureToggle'"),
        ("MODULE", "write it as tasks.features:FeatureToggle"),
        ("MODULE:FEATURES_DISABLED_BY_DEFAULT", "is no Enum .write `class"),
    ],
)
def test_what_cannot_be_found_is_told_with_place_reason_and_cure(project, said, complaint):
    with pytest.raises(SettingsError, match=complaint):
        toggles(said.replace("MODULE", project()))


def test_a_module_that_raises_is_told(project):
    with pytest.raises(SettingsError, match=r"importing .* raised ZeroDivisionError"):
        toggles(f"{project('1 / 0')}:FeatureToggle")


def test_every_member_that_is_no_feature_is_told_at_once(project):
    name = project(
        "from enum import Enum\n"
        "class T(Enum):\n"
        "    ONE = 'the same'\n"
        "    TWO = 'the same'\n"
        "    THREE = 3\n"
        f"    {'N' * 101} = 'long'\n"
        "FEATURES_DISABLED_BY_DEFAULT = ('ONE',)\n"
    )

    with pytest.raises(SettingsError) as told:
        toggles(f"{name}:T")

    said = str(told.value)
    assert f"{name}.py: T.TWO: has the description of ONE" in said
    assert "T.THREE: its value is 3, not a description" in said
    assert "more than 100 characters" in said
    assert "FEATURES_DISABLED_BY_DEFAULT: 'ONE' is no feature (write T.NAME)" in said


def test_a_feature_is_asked_for_by_its_member_or_its_name(project):
    name = project()
    toggles(f"{name}:FeatureToggle")
    member = sys.modules[name].FeatureToggle.SYNC_ALGOLIA
    features = Features({"SYNC_ALGOLIA": True, "MAIL_NOTICES": False})

    assert features.is_active(member)
    assert not features.is_active("MAIL_NOTICES")
    with pytest.raises(NotFoundError, match="feature OTHER is unknown"):
        features.is_active("OTHER")
