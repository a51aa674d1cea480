"""Each guard, and the order in which they are asked."""

import itertools
import sys
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import CapturingLogger

from beat_schedule.decisions import EVERYTHING, Hold, HoldKind
from beat_schedule.entries import Entry
from beat_schedule.features import Features
from beat_schedule.policies import Policy, RunPolicy
from beat_schedule.runs.guards import Switches, refused
from beat_schedule.runs.guards.feature import features_of
from beat_schedule.schedules import Cron, Every
from beat_schedule.settings import Settings
from beat_schedule.store.models import Trigger
from tests.openings import NOON, an_opening

KEY = "tasks.shop.close@daily"
SETTINGS = Settings(environment="testing", timezone="Europe/Paris")


def an_entry(schedule=None, policy=None, task="tasks.shop.close", **run_policy):
    return Entry(
        key=KEY,
        task=task,
        schedule=schedule or Cron("0 12 * * *"),
        queue="default",
        event="daily",
        place="hooks.py",
        policy=policy or Policy(),
        run_policy=RunPolicy(**run_policy),
    )


def a_hold(kind=HoldKind.PAUSED, target=KEY, why="deploy", **changes):
    hold = Hold(
        target=target,
        kind=kind,
        since=NOON - timedelta(minutes=30),
        until=None,
        by="ada",
        why=why,
        version=1,
    )
    return replace(hold, **changes)


def switches(*holds, declared=(), **features):
    return Switches(
        holds={hold.target: hold for hold in holds},
        features=Features(features, frozenset(declared)),
    )


def reason(entry, stands=None, settings=SETTINGS, **opening):
    return refused(entry, an_opening(**opening), stands or switches(), settings)


def test_a_run_starts_where_nothing_is_said_against_it():
    assert reason(an_entry()) is None


@pytest.mark.parametrize(
    ("hold", "said"),
    [
        (a_hold(), "paused by ada: deploy"),
        (a_hold(why=""), "paused by ada"),
        (a_hold(HoldKind.DISABLED, why="broken"), "disabled by ada: broken"),
        (a_hold(target=EVERYTHING), "paused by ada: deploy"),
        (a_hold(until=NOON + timedelta(seconds=1)), "paused by ada: deploy"),
        (a_hold(until=NOON), None),
        (a_hold(HoldKind.SKIP), None),
        (a_hold(target="another"), None),
    ],
)
def test_what_is_paused_or_disabled_does_not_start(hold, said):
    assert reason(an_entry(), switches(hold)) == said


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (NOON - timedelta(minutes=58), "maintenance since 12:02 Europe/Paris by ada: migration"),
        (
            NOON - timedelta(days=1),
            "maintenance since 2026-03-09 13:00 Europe/Paris by ada: migration",
        ),
    ],
)
def test_in_maintenance_nothing_starts(since, said):
    held = a_hold(HoldKind.MAINTENANCE, EVERYTHING, "migration", since=since)

    assert reason(an_entry(), switches(held)) == said


def test_in_maintenance_starts_what_goes_on_even_then():
    held = a_hold(HoldKind.MAINTENANCE, EVERYTHING)

    assert reason(an_entry(policy=Policy(even_in_maintenance=True)), switches(held)) is None
    assert reason(None, switches(held)).startswith("maintenance since")


@pytest.mark.parametrize(
    ("environments", "said"),
    [
        ((), None),
        (("testing", "production"), None),
        (("production",), "runs only in production, this is testing"),
        (("staging", "production"), "runs only in staging and production, this is testing"),
    ],
)
def test_what_belongs_elsewhere_does_not_start(environments, said):
    assert reason(an_entry(environments=environments)) == said


GUARDED = "outside of production only entries run that name it, this is testing"


@pytest.mark.parametrize(
    ("environment", "environments", "said"),
    [
        ("production", (), None),
        ("testing", (), GUARDED),
        ("testing", ("testing",), None),
        ("testing", ("production",), "runs only in production, this is testing"),
        ("production", ("testing",), "runs only in testing, this is production"),
    ],
)
def test_behind_the_production_guard_only_starts_what_names_the_place(
    environment, environments, said
):
    guarded = Settings(environment=environment, production_guard=True)

    assert reason(an_entry(environments=environments), settings=guarded) == said


def test_behind_the_production_guard_an_entry_that_nobody_knows_does_not_start():
    assert reason(None, settings=Settings(environment="testing", production_guard=True)) == GUARDED


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        (switches(SYNC=True), None),
        (switches(SYNC=False), "feature SYNC is off"),
        (switches(declared=["SYNC"]), "feature SYNC has no row: `hookbeat migrate` makes it"),
        (
            switches(OTHER=True),
            "feature SYNC is unknown: HOOKBEAT_FEATURES names no enum that has it",
        ),
    ],
)
def test_without_its_feature_nothing_starts(stands, said):
    assert reason(an_entry(feature="SYNC"), stands) == said


def test_a_feature_that_is_nowhere_is_logged_once(monkeypatch):
    log = CapturingLogger()
    module = sys.modules[features_of.__module__]
    monkeypatch.setattr(module, "log", log)
    name = f"F_{uuid.uuid4().hex}"

    for _ in range(3):
        assert "is unknown" in reason(an_entry(feature=name))

    [call] = log.calls
    assert (call.method_name, call.args, call.kwargs["feature"]) == (
        "error",
        ("feature.missing",),
        name,
    )


ALL_OFF = switches(declared=["ENABLE_ALL_CRON"], ENABLE_ALL_CRON=False)
RECURRENT_OFF = switches(declared=["ENABLE_RECURRENT_CRON"], ENABLE_RECURRENT_CRON=False)


def test_one_switch_stops_all_that_is_scheduled():
    assert reason(an_entry(), ALL_OFF) == "feature ENABLE_ALL_CRON is off"
    assert reason(None, ALL_OFF) == "feature ENABLE_ALL_CRON is off"


@pytest.mark.parametrize(
    ("schedule", "is_recurrent"),
    [
        (Every("3m"), True),
        (Cron("0 * * * *"), True),
        (Cron("0 6,18 * * *"), True),
        (Cron("0 6 * * *"), False),
        (Cron("30 2 * * *", "Europe/Paris"), False),
        (Cron("0 0 1 * *"), False),
        (Every("1d"), False),
    ],
)
def test_another_stops_what_is_due_more_often_than_daily(schedule, is_recurrent):
    said = reason(an_entry(schedule), RECURRENT_OFF)

    assert said == ("feature ENABLE_RECURRENT_CRON is off" if is_recurrent else None)


def test_what_nobody_here_knows_counts_as_recurrent():
    assert reason(None, RECURRENT_OFF) == "feature ENABLE_RECURRENT_CRON is off"


def test_where_the_enum_has_no_such_switch_a_row_that_is_left_over_stops_nothing():
    assert reason(an_entry(), switches(ENABLE_ALL_CRON=False)) is None


def test_a_switch_that_the_enum_has_and_the_table_lacks_stops_all():
    stands = switches(declared=["ENABLE_ALL_CRON"])

    assert "ENABLE_ALL_CRON has no row" in reason(an_entry(), stands)


def test_a_run_by_hand_goes_over_the_switches_of_the_schedule_and_over_nothing_else():
    by_hand = {"trigger": Trigger.MANUAL}

    assert reason(an_entry(), ALL_OFF, **by_hand) is None
    assert reason(an_entry(Every("3m")), RECURRENT_OFF, **by_hand) is None
    assert reason(an_entry(feature="SYNC"), switches(SYNC=False), **by_hand)
    assert reason(an_entry(), switches(a_hold()), **by_hand)
    assert reason(an_entry(environments=("production",)), **by_hand)
    assert reason(an_entry(), switches(a_hold(HoldKind.MAINTENANCE, EVERYTHING)), **by_hand)


def test_a_run_by_force_and_a_plain_call_are_not_refused():
    against_all = switches(a_hold(target=EVERYTHING), SYNC=False)
    entry = an_entry(feature="SYNC", environments=("production",))

    assert reason(entry, against_all)
    assert reason(entry, against_all, trigger=Trigger.MANUAL, forced=True) is None
    assert reason(None, against_all, trigger=Trigger.CALL) is None


def test_the_first_reason_of_the_documented_order_wins():
    """Of paused, feature, environment, maintenance; whatever else is said against it too."""
    parts = ["paused", "feature", "environment", "maintenance"]
    begins = {
        "paused": "paused by",
        "feature": "feature SYNC is off",
        "environment": "runs only in",
        "maintenance": "maintenance since",
    }
    for count in range(1, 5):
        for against in itertools.combinations(parts, count):
            holds = [a_hold()] if "paused" in against else []
            if "maintenance" in against:
                holds.append(a_hold(HoldKind.MAINTENANCE, EVERYTHING))
            entry = an_entry(
                feature="SYNC" if "feature" in against else "",
                environments=("production",) if "environment" in against else (),
            )

            said = reason(entry, switches(*holds, SYNC=False))

            assert said.startswith(begins[against[0]]), against


def test_the_feature_that_a_function_requires_itself_counts_too(tmp_path, monkeypatch):
    name = f"tasks_{uuid.uuid4().hex[:8]}"
    (tmp_path / f"{name}.py").write_text(
        "from beat_schedule import cron_require_feature, log_cron\n"
        "@log_cron\n"
        "@cron_require_feature('OUTER')\n"
        "@cron_require_feature('INNER')\n"
        "def pull(): ...\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    entry = an_entry(task=f"{name}.pull", feature="OWN")

    assert features_of(entry) == ("OWN", "OUTER", "INNER")
    assert reason(entry, switches(OWN=True, OUTER=True, INNER=False)) == "feature INNER is off"
    # A worker that does not have the entry, but the task.
    stands = switches(OWN=True, OUTER=False, INNER=True)
    assert reason(None, stands, task=f"{name}.pull") == "feature OUTER is off"


def test_an_entry_whose_task_cannot_be_found_requires_its_own_feature_alone():
    entry = an_entry(task="no.such.task", feature="OWN")

    assert features_of(entry) == ("OWN",)


def test_reasons_are_said_by_the_clock_of_the_house():
    midnight = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    held = a_hold(HoldKind.MAINTENANCE, EVERYTHING, since=midnight)

    assert reason(an_entry(), switches(held)).startswith("maintenance since 00:30 Europe/Paris by")
