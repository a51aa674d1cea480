"""Somebody changes the hooks, and asks what that will do before it does it."""

import json

import pytest

from tests.stories.foresight.conftest import FROM

NIGHTLY = {"daily": [{"task": "chores.close", "at": "02:30", "timezone": "Europe/Paris"}]}
LATER = {"daily": [{"task": "chores.close", "at": "03:30", "timezone": "Europe/Paris"}]}
COUNTS = {"hourly": ["chores.count"]}


@pytest.fixture
def plan(project):
    """`plan("HEAD")`: what machines read, and the exit code."""

    def plan(*words):
        done = project.hookbeat("plan", *words, "--from", FROM, "--json")
        return json.loads(done.stdout), done.exit_code

    return plan


@pytest.fixture
def shown(project):
    """`shown("HEAD")`: what people read."""
    return lambda *words: project.hookbeat("plan", *words, "--from", FROM).output


def test_a_change_that_is_not_committed_is_held_against_the_last_commit(project, plan):
    project.commit(NIGHTLY)
    project.write(LATER | COUNTS)

    machine, code = plan("HEAD")

    assert code == 0
    moved, added = machine["changes"]
    assert (moved["key"], moved["moved"]) == ("chores.close@daily", 365)
    # Both come on the day before the clock goes back: 02:30 is two hours ahead of UTC's.
    assert moved["first"] == {
        "was": "2026-10-25T00:30:00+00:00",
        "becomes": "2026-10-25T02:30:00+00:00",
    }
    assert (added["key"], added["before"]) == ("chores.count@hourly", None)


def test_two_revisions_are_compared_whatever_lies_in_the_folder(project, plan):
    project.commit(NIGHTLY)
    project.commit(COUNTS)
    project.write({})

    machine, _ = plan("HEAD~1", "HEAD")

    assert [each["key"] for each in machine["changes"]] == [
        "chores.close@daily",
        "chores.count@hourly",
    ]


def test_people_see_in_the_first_line_how_much_changes(project, shown):
    project.commit(NIGHTLY)
    project.write(COUNTS)

    said = shown("HEAD")

    assert said.startswith(
        "2 entries change: 8,760 runs added, 365 removed, 0 moved, until 2027-10-24 (UTC)"
    )
    assert "gone: every day at 02:30 (Europe/Paris)" in said


def test_two_files_are_read_as_text_and_nothing_of_them_is_executed(project, plan):
    project.write({"daily": ["nowhere.to_be_found"]}, "old.py")
    project.write({"weekly": ["nowhere.to_be_found"]}, "new.py")

    machine, code = plan("old.py", "new.py")

    assert code == 0
    assert [(each["added"], each["removed"]) for each in machine["changes"]] == [(0, 365), (53, 0)]


def test_a_module_is_named_as_one_imports_it(project, plan):
    project.write(NIGHTLY)
    project.write(LATER, "evening.py")

    machine, _ = plan("hooks", "evening")

    assert [each["moved"] for each in machine["changes"]] == [365]


def test_the_nights_of_clock_changes_are_shown_before_and_after(project, plan, shown):
    project.commit(NIGHTLY)
    project.write(LATER)

    machine, _ = plan("HEAD", ".")

    autumn, spring = machine["clock_changes"]
    assert (autumn["day"], autumn["forward"], spring["day"]) == ("2026-10-25", -3600, "2027-03-28")
    # In spring there is no 02:30: it runs at 03:00.
    assert "forward 1 hour (Europe/Paris)  03:00 CEST  03:30 CEST" in shown("HEAD", ".")


def test_what_is_not_sent_on_a_night_of_a_clock_change_is_not_shown_for_it(project, plan):
    project.commit(COUNTS)
    mondays = {"task": "chores.close", "timezone": "Europe/Paris"}
    project.write(COUNTS | {"cron": {"30 2 * * mon": [mondays]}})

    machine, _ = plan("HEAD")

    assert [each["added"] for each in machine["changes"]] == [52]
    assert machine["clock_changes"] == []


def test_whom_it_newly_meets_and_how_the_load_changes_is_shown(project, plan):
    project.commit(COUNTS)
    project.write(COUNTS | {"cron": {"0 6 * * mon": ["chores.close"]}})

    machine, _ = plan("HEAD")

    [collision] = machine["collisions"]
    assert (collision["key"], collision["others"], collision["times"]) == (
        "chores.close@cron:0 6 * * mon",
        ["chores.count@hourly"],
        52,
    )
    before, after = machine["load"]["before"], machine["load"]["after"]
    assert [hour for hour in range(24) if before[hour] != after[hour]] == [6]


def test_for_a_pull_request_it_is_markdown_that_no_sign_of_an_expression_breaks(project):
    project.commit({})
    project.write({"cron": {"0 6 * * mon": ["chores.close"]}})

    told = project.hookbeat("plan", "HEAD", "--markdown", "--from", FROM)

    assert told.output.startswith("**1 entry changes: 52 runs added")
    assert "| entry | schedule | added |" in told.output
    assert r"chores.close@cron:0 6 \* \* mon" in told.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 0),
        (("--fail-on", "removed"), 0),
        (("--fail-on", "moved"), 1),
        (("--fail-on", "removed", "--fail-on", "any"), 1),
    ],
)
def test_what_is_not_wanted_fails_it(project, plan, words, code):
    project.commit(NIGHTLY)
    project.write(LATER)

    assert plan("HEAD", ".", *words)[1] == code


def test_what_was_broken_before_does_not_fail_it(project, plan):
    project.commit({"daily": ["chores.gone"]})
    project.write({"daily": ["chores.gone", "chores.close"]})

    machine, code = plan("HEAD")

    assert code == 0
    assert machine["problems"]["before"] == machine["problems"]["after"] != []


def test_what_is_newly_broken_fails_it(project, plan):
    project.commit({"daily": ["chores.close"]})
    project.write({"daily": ["chores.close", "chores.lost"]})

    machine, code = plan("HEAD")

    assert code == 1
    assert machine["problems"]["before"] == []
    assert "no 'lost'" in machine["problems"]["after"][0]["reason"]


def test_without_a_change_it_says_so(project, shown):
    project.commit(NIGHTLY)

    assert shown("main").strip() == "No entry changes, until 2027-10-24 (UTC)"


def test_what_is_none_of_the_four_is_refused(project):
    done = project.hookbeat("plan", "yesterday")

    assert done.exit_code == 1
    assert "no file, no module, no folder and no revision" in done.output


def test_a_project_that_cannot_be_read_says_why(project):
    project.commit(NIGHTLY)
    (project.folder / "pyproject.toml").write_text("[tool.hookbeat]\nhoooks = ['a']\n")

    done = project.hookbeat("plan", "HEAD", ".")

    assert done.exit_code == 1
    assert "hoooks" in done.output
