"""Features from the command line, and how their rows come to be."""

import json
import uuid

import pytest
import structlog
from celery import Celery, signals
from click.testing import CliRunner

from beat_schedule.cli import main
from beat_schedule.runs import feature_rows
from beat_schedule.runs.feature_rows import keep_feature_rows, make_feature_rows
from beat_schedule.runs.toggles import toggles_of
from beat_schedule.settings import Settings
from tests.project import settle

FEATURES = """
from enum import Enum

class FeatureToggle(Enum):
    SYNC_ALGOLIA = "Index what has changed"
    MAIL_NOTICES = "Mail the notices"

FEATURES_DISABLED_BY_DEFAULT = [FeatureToggle.MAIL_NOTICES]
"""

HOOKS = """
scheduler_events = {
    "daily": [{"task": "NAME_tasks.index", "feature": "SYNC_ALGOLIA"}, "NAME_tasks.mail"],
}
"""

TASKS = """
from beat_schedule import cron_require_feature

def index(): ...

@cron_require_feature("MAIL_NOTICES")
def mail(): ...
"""


@pytest.fixture
def name():
    return f"switched_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def hookbeat(tmp_path, name, database_url, monkeypatch):
    """`hookbeat("feature", …)` in a project with two features."""
    for suffix, source in (("features", FEATURES), ("hooks", HOOKS), ("tasks", TASKS)):
        (tmp_path / f"{name}_{suffix}.py").write_text(source.replace("NAME", name))
    settle(
        tmp_path,
        monkeypatch,
        database_url=database_url,
        redis_url="redis://127.0.0.1:1/0",
        hooks=f"{name}_hooks",
        features=f"{name}_features:FeatureToggle",
    )
    return lambda *words: CliRunner().invoke(main, words)


def told(done):
    return json.loads(done.stdout)


def test_migrate_gives_features_their_rows_once(hookbeat):
    first, second = hookbeat("migrate"), hookbeat("migrate")

    assert first.output.splitlines() == [
        "done: feature MAIL_NOTICES has its row",
        "done: feature SYNC_ALGOLIA has its row",
    ]
    assert second.output == "the database is up to date\n"


def test_migrate_tells_a_machine_what_it_did(hookbeat):
    first, second = told(hookbeat("migrate", "--json")), told(hookbeat("migrate", "--json"))

    assert first == {
        "steps": [],
        "features": ["MAIL_NOTICES", "SYNC_ALGOLIA"],
        "unknown_features": [],
    }
    assert second["features"] == []


def test_migrate_says_which_rows_no_enum_declares(hookbeat, tmp_path, name, monkeypatch):
    hookbeat("migrate")
    (tmp_path / f"{name}_fewer.py").write_text(FEATURES.replace("MAIL_NOTICES", "OTHER"))
    monkeypatch.setenv("HOOKBEAT_FEATURES", f"{name}_fewer:FeatureToggle")

    done = hookbeat("migrate")

    assert "feature MAIL_NOTICES is in the table, and no enum declares it" in done.output
    assert "no enum declares it" in hookbeat("feature", "list").output


def test_migrate_makes_the_tables_also_where_the_enum_cannot_be_used(hookbeat, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_FEATURES", "nowhere:FeatureToggle")

    done = hookbeat("migrate")

    assert done.exit_code == 1
    assert "HOOKBEAT_FEATURES: no module named 'nowhere'" in done.output


def test_the_list_says_what_is_on_and_who_saw_to_it(hookbeat):
    hookbeat("migrate")
    hookbeat("feature", "off", "SYNC_ALGOLIA", "--why", "quota is used up", "--by", "ada")

    done = hookbeat("feature", "list")

    assert done.exit_code == 0, done.output
    mail, sync = done.output.splitlines()[1:]
    assert mail.split()[:3] == ["MAIL_NOTICES", "off", "hookbeat"]
    assert sync.split()[:3] == ["SYNC_ALGOLIA", "off", "ada"]
    assert "quota is used up" in sync
    assert "Index what has changed" in sync
    rows = told(hookbeat("feature", "list", "--json"))
    assert [each["active"] for each in rows["features"]] == [False, False]
    assert rows["missing"] == []


def test_what_the_enum_has_and_the_table_lacks_is_a_problem(hookbeat):
    done = hookbeat("feature", "list")

    assert done.exit_code == 1
    assert "SYNC_ALGOLIA has no row: `hookbeat migrate` makes it" in done.output
    assert told(hookbeat("feature", "list", "--json"))["missing"] == [
        "MAIL_NOTICES",
        "SYNC_ALGOLIA",
    ]


def test_one_is_shown_with_the_entries_that_require_it(hookbeat, name):
    hookbeat("migrate")

    done = hookbeat("feature", "show", "MAIL_NOTICES")

    assert done.exit_code == 0, done.output
    first, description, required = done.output.splitlines()
    assert first.startswith("MAIL_NOTICES is off since ")
    assert first.endswith(" by hookbeat: declared")
    assert (description, required) == ("Mail the notices", f"required by {name}_tasks.mail@daily")
    assert told(hookbeat("feature", "show", "SYNC_ALGOLIA", "--json"))["entries"] == [
        f"{name}_tasks.index@daily"
    ]


def test_a_switch_says_what_is_so_now(hookbeat):
    hookbeat("migrate")

    off = hookbeat("feature", "off", "SYNC_ALGOLIA", "--why", "quota", "--by", "ada")
    again = hookbeat("feature", "off", "SYNC_ALGOLIA", "--why", "x", "--by", "bob")
    on = told(hookbeat("feature", "on", "SYNC_ALGOLIA", "--why", "paid", "--json"))

    assert off.output.startswith("SYNC_ALGOLIA is off since ")
    assert off.output.endswith(" by ada: quota\n")
    assert again.output.startswith("nothing changes: SYNC_ALGOLIA is off")
    assert again.output.endswith(" by ada: quota\n")
    assert (on["active"], on["why"], on["changed"]) == (True, "paid", True)
    assert "@" in on["changed_by"]


@pytest.mark.parametrize("word", ["on", "off", "show"])
def test_an_unknown_feature_is_told_with_a_suggestion(hookbeat, word):
    hookbeat("migrate")
    why = [] if word == "show" else ["--why", "x"]

    done = hookbeat("feature", word, "SYNC_ALGOLA", *why)

    assert done.exit_code == 1
    assert "no feature 'SYNC_ALGOLA'; did you mean 'SYNC_ALGOLIA'?" in done.output


def test_nobody_switches_without_a_reason(hookbeat):
    done = hookbeat("feature", "off", "SYNC_ALGOLIA")

    assert done.exit_code == 2
    assert "Missing option '--why'" in done.output


def test_a_database_that_cannot_be_asked_is_told(hookbeat, tmp_path, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")

    for words in (["list"], ["show", "X"], ["on", "X", "--why", "x"]):
        done = hookbeat("feature", *words)
        assert done.exit_code == 1
        assert "hookbeat migrate" in done.output


@pytest.fixture
def log(monkeypatch):
    capturing = structlog.testing.CapturingLogger()
    monkeypatch.setattr(feature_rows, "log", capturing)
    return capturing


@pytest.mark.usefixtures("hookbeat")
def test_a_worker_that_starts_gives_features_their_rows(hookbeat, log):
    hookbeat("feature", "list")
    settings = Settings.read()
    mine, other = (Celery(name, set_as_current=False) for name in ("mine", "other"))
    keep_feature_rows(mine, settings, toggles_of(settings).values())

    for app in (other, mine, mine):
        worker = type("Worker", (), {"app": app})()
        signals.celeryd_after_setup.send(sender="a worker", instance=worker, conf=app.conf)

    [call] = log.calls
    assert call.args == ("feature.added",)
    assert call.kwargs["features"] == ("MAIL_NOTICES", "SYNC_ALGOLIA")
    assert hookbeat("feature", "list").exit_code == 0


def test_a_worker_starts_all_the_same_while_the_database_is_away(log, tmp_path):
    settings = Settings(database_url=f"sqlite:///{tmp_path}/empty.db")

    make_feature_rows(settings, [])

    [call] = log.calls
    assert (call.method_name, call.args) == ("warning", ("feature.unsynced",))
    assert "no such table" in call.kwargs["reason"]
