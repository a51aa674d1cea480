"""Every command speaks of entries as beats have them: with what operators say."""

import pytest

from tests.desk import told

WHY = ("--why", "backlog", "--by", "ada")


@pytest.fixture
def hookbeat(hookbeat):
    assert hookbeat("migrate").exit_code == 0
    return hookbeat


@pytest.fixture(autouse=True)
def said(hookbeat, count, name):
    hookbeat("entry", "set", count, "--every", "2h", "--queue", "long", *WHY)
    add = ("--task", f"{name}_tasks.count", "--every", "3h", "--kwargs", "kind=fines")
    hookbeat("entry", "add", "for ada", *add, *WHY)


def test_list_shows_what_is_overridden_and_what_was_made(hookbeat, count):
    rows = {row["key"]: row for row in told(hookbeat("list", "--json"))["entries"]}

    assert rows[count]["override"] == {"every": "2h", "queue": "long"}
    assert (rows[count]["schedule"], rows[count]["queue"]) == ("every 2 hours", "long")
    assert rows["for ada"]["made_at_run_time"]
    said = hookbeat("list").output
    assert "override: every '2h', queue 'long'" in said
    assert "made at run time" in said


def test_next_counts_by_what_is_in_force(hookbeat, count):
    rows = told(hookbeat("next", "--json", "--count", "50"))["due"]
    schedules = {row["key"]: row["schedule"] for row in rows}
    assert (schedules[count], schedules["for ada"]) == ("every 2 hours", "every 3 hours")

    [row] = told(hookbeat("next", "--json", "--count", "1", "--entry", "for ada"))["due"]
    assert row["schedule"] == "every 3 hours"


def test_run_sends_it_as_it_is_in_force(hookbeat, count, leader):
    for entry, queue in ((count, "long"), ("for ada", "default")):
        done = hookbeat("run", entry)
        assert done.exit_code == 0, done.output
        assert leader.state.next_in(f"op:{queue}", 1)


def test_run_here_takes_the_arguments_that_were_said(hookbeat):
    assert hookbeat("run", "for ada", "--inline").exit_code == 0

    [run] = told(hookbeat("runs", "--entry", "for ada", "--json"))
    assert (run["kwargs"], run["outcome"]) == ({"kind": "fines"}, "succeeded")


def test_what_was_made_is_paused_skipped_and_asked_about(hookbeat):
    assert hookbeat("pause", "for ada").exit_code == 0
    assert hookbeat("resume", "for ada").exit_code == 0
    assert hookbeat("skip", "for ada").exit_code == 0
    assert hookbeat("decisions", "for ada").exit_code == 0
    assert "for ada" in hookbeat("why", "for ada").output


def test_without_the_record_redis_tells_what_was_said(hookbeat, count, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")

    rows = {row["key"]: row for row in told(hookbeat("list", "--json"))["entries"]}

    assert rows[count]["queue"] == "long"
    assert "for ada" in rows
