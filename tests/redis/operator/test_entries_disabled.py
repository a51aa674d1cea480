"""That an entry is disabled is said over the code as anything else: listed, dropped by reset."""

import json
import sys

import pytest

from tests.desk import told

WHY = ("--why", "backlog", "--by", "ada")


@pytest.fixture
def hookbeat(hookbeat):
    assert hookbeat("migrate").exit_code == 0
    return hookbeat


@pytest.fixture
def disabled(leader, hookbeat, count):
    leader.lead().look_at(count)
    assert hookbeat("entry", "set", count, "--disable", *WHY).exit_code == 0
    return count


def listed(hookbeat, *words):
    done = told(hookbeat("entry", "list", "--json", *words))
    return {each["key"]: each for each in done["said"]}


def test_what_is_disabled_is_listed_with_who_and_why(hookbeat, disabled):
    said = hookbeat("entry", "list").output
    assert "disabled" in said
    assert "backlog" in said

    [row] = listed(hookbeat, "--overrides").values()
    assert (row["key"], row["kind"], row["options"]) == (disabled, "override", {})
    assert (row["enabled"], row["by"], row["why"]) == (False, "ada", "backlog")
    assert listed(hookbeat, "--made") == {}
    assert "not both" in hookbeat("entry", "list", "--made", "--overrides").output
    assert listed(hookbeat, "--after", disabled) == {}


def test_beside_what_else_is_said_of_it_it_is_listed_once(hookbeat, disabled, name):
    hookbeat("entry", "set", disabled, "--queue", "long", *WHY)
    hookbeat("entry", "add", "for ada", "--task", f"{name}_tasks.count", "--every", "1h", *WHY)
    hookbeat("entry", "set", "for ada", "--disable", *WHY)

    rows = listed(hookbeat)

    assert [rows[disabled]["options"], rows[disabled]["enabled"]] == [{"queue": "long"}, False]
    assert [rows["for ada"]["kind"], rows["for ada"]["enabled"]] == ["entry", False]
    assert len(rows) == 2
    # The one that does not come into the page is no other for that.
    assert listed(hookbeat, "--limit", "1").keys() == {disabled}


def test_a_pause_is_no_override(hookbeat, leader, count):
    leader.lead().look_at(count)
    hookbeat("pause", count)

    assert listed(hookbeat) == {}
    assert hookbeat("entry", "reset", count, *WHY).exit_code == 1


def test_reset_lets_it_run_again(hookbeat, leader, disabled):
    hookbeat("entry", "set", disabled, "--queue", "long", *WHY)

    done = hookbeat("entry", "reset", disabled, "--why", "all is well", "--by", "bob")

    assert done.exit_code == 0, done.output
    assert "runs again" in done.output
    assert leader.decide(disabled, leader.operator.now()).decision == "sent"
    assert listed(hookbeat) == {}
    shown = told(hookbeat("entry", "show", disabled, "--json"))
    noted = [(each["action"], each["who"]) for each in shown["audit"]]
    assert noted[:2] == [("enable", "bob"), ("entry.reset", "bob")]
    assert "all is well" in shown["audit"][0]["why"]


def test_that_alone_is_dropped_or_everything_but_that(hookbeat, disabled):
    hookbeat("entry", "set", disabled, "--queue", "long", *WHY)

    hookbeat("entry", "reset", disabled, "--only", "queue", *WHY)
    assert [listed(hookbeat)[disabled][name] for name in ("options", "enabled")] == [{}, False]

    done = hookbeat("entry", "reset", disabled, "--only", "enabled", "--json", *WHY)
    assert json.loads(done.stdout)["enabled"]
    assert listed(hookbeat) == {}
    again = hookbeat("entry", "reset", disabled, "--only", "enabled", *WHY)
    assert (again.exit_code, "is not disabled" in again.output) == (1, True)


def test_while_redis_is_away_nothing_is_dropped(hookbeat, disabled, name, away):
    hookbeat("entry", "set", disabled, "--queue", "long", *WHY)
    away()
    # It has read where Redis is.
    del sys.modules[f"{name}_app"]

    done = hookbeat("entry", "reset", disabled, *WHY)

    assert done.exit_code == 1
    assert "cannot be reached" in done.output
    assert listed(hookbeat)[disabled]["options"] == {"queue": "long"}
    assert hookbeat("entry", "reset", disabled, "--only", "queue", *WHY).exit_code == 0


def test_of_an_entry_that_no_code_declares_any_more_it_is_told_and_dropped(
    hookbeat, disabled, project, name
):
    (project / f"{name}_hooks.py").write_text("scheduler_events = {}")
    del sys.modules[f"{name}_hooks"], sys.modules[f"{name}_app"]

    done = hookbeat("entry", "list")
    assert done.exit_code == 1
    assert "no code declares it" in done.output

    assert hookbeat("entry", "reset", disabled, *WHY).exit_code == 0
    assert hookbeat("entry", "list").exit_code == 0
