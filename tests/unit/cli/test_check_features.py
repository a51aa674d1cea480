"""What `check` says of features and decorators."""

import json
import uuid

import pytest

TASKS = """
from beat_schedule import cron_require_feature, log_cron

def plain(): ...

@log_cron
@cron_require_feature("SYNC")
def guarded(): ...

@cron_require_feature("SYNC")
@log_cron
def disordered(): ...
"""

FEATURES = """
from enum import Enum

class FeatureToggle(Enum):
    SYNC = "Index what has changed"
"""


@pytest.fixture
def project(hookbeat, tmp_path, monkeypatch):
    """Check entries of these handlers; NAME is the module of the tasks."""
    name = f"checked_{uuid.uuid4().hex[:8]}"
    (tmp_path / f"{name}.py").write_text(TASKS)
    (tmp_path / f"{name}_features.py").write_text(FEATURES)
    monkeypatch.setenv("HOOKBEAT_FEATURES", f"{name}_features:FeatureToggle")

    def check(*handlers, options=()):
        listed = ", ".join(repr(each).replace("NAME", name) for each in handlers)
        done = hookbeat("check", *options, hooks=f"scheduler_events = {{'daily': [{listed}]}}")
        return done.exit_code, done.output.replace(name, "NAME")

    return check


def test_an_entry_without_a_feature_is_a_problem_where_each_is_to_have_one(project):
    handlers = ["NAME.plain", "NAME.guarded", {"task": "time.time", "feature": "SYNC"}]

    code, output = project(*handlers, options=["--require-feature"])

    assert code == 1
    assert "hooks.py: scheduler_events['daily'][0]: requires no feature" in output
    assert "add 'feature': 'NAME', or @cron_require_feature" in output
    assert "3 entries, 1 problem" in output
    assert project(*handlers)[0] == 0


def test_a_machine_is_told_which_entries_have_none(project):
    options = ["--require-feature", "--json"]

    _, output = project("NAME.plain", "NAME.guarded", options=options)

    assert json.loads(output)["without_feature"] == ["NAME.plain@daily"]
    assert "without_feature" not in json.loads(project("NAME.plain", options=["--json"])[1])


def test_without_an_import_only_the_option_counts(project):
    options = ["--require-feature", "--no-import", "--json"]
    handlers = ["NAME.guarded", {"task": "NAME.plain", "feature": "SNYC"}]

    code, output = project(*handlers, options=options)

    assert code == 1
    assert json.loads(output)["without_feature"] == ["NAME.guarded@daily"]


def test_a_feature_that_the_enum_lacks_is_a_problem(project):
    code, output = project({"task": "NAME.plain", "feature": "SNYC"})

    assert code == 1
    assert "scheduler_events['daily'][0]: requires the unknown feature SNYC" in output
    assert "did you mean 'SYNC'?" in output


def test_a_feature_without_any_enum_is_a_problem(project, monkeypatch):
    monkeypatch.delenv("HOOKBEAT_FEATURES")

    code, output = project("NAME.guarded")

    assert code == 1
    assert "HOOKBEAT_FEATURES names the enum of features" in output


def test_an_enum_that_cannot_be_used_is_a_problem(project, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_FEATURES", "nowhere:FeatureToggle")

    code, output = project("NAME.plain")

    assert code == 1
    assert "HOOKBEAT_FEATURES: no module named 'nowhere'" in output


def test_decorators_in_another_order_than_the_documented_one_are_warned_of(project):
    code, output = project("NAME.guarded", "NAME.disordered")

    assert code == 0
    assert "NAME.disordered: @cron_require_feature(SYNC) stands above another" in output
    assert "put it nearest to the function" in output
    assert "2 entries, 1 warning, no problems" in output
