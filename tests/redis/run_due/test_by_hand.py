"""What a person asks of `run-due` beside a pass: some entries, all of them, now."""

import pytest

from tests.desk import told


def test_only_what_is_named_is_decided_and_the_rest_stays_due(project):
    project.let_pass()
    before = project.operator.look().cursor

    project("run-due", "--only", project.key("count"))

    assert project.queued() == [project.key("count")]
    # Nobody has looked at the others: a pass over some shows no health.
    assert project.operator.look().cursor == before
    project("run-due")
    assert project.queued() == [project.key("count"), project.key("fail")]


def test_an_entry_is_found_by_its_tasks_path_too_and_one_unknown_is_told(project):
    project.let_pass()

    assert project("run-due", "--only", f"{project.name}_tasks.fail").exit_code == 0
    assert project.queued() == [project.key("fail")]
    unknown = project("run-due", "--only", "dayly")
    assert (unknown.exit_code, "no entry 'dayly'" in unknown.output) == (1, True)


def test_all_runs_every_entry_though_nothing_is_due(project):
    done = project("run-due", "--all", "--inline")

    assert done.exit_code == 1
    ran = told(project("runs", "--json"))
    assert sorted(run["entry"] for run in ran) == sorted(
        [project.key("count"), project.key("fail"), project.key("nightly", "daily")]
    )
    assert {run["trigger"] for run in ran} == {"manual"}


def test_all_goes_to_the_workers_where_it_is_not_asked_for_here(project):
    done = project.told("run-due", "--all")

    assert len(project.queued()) == 3
    assert len({answer["run"] for answer in done.asked.values()} - {None}) == 3
    assert "not sent: run " in project("run-due", "--all").stdout


@pytest.mark.parametrize("words", [["--inline"], []])
def test_what_is_held_is_run_by_force_alone(project, words):
    key = project.key("count")
    project("pause", key, "--by", "ada", "--why", "deploy")

    plain = project("run-due", "--all", *words)
    forced = project.told("run-due", "--only", key, "--force", *words)

    assert "paused by ada" in plain.stdout
    started = forced.runs or [answer for answer in forced.asked.values() if answer["run"]]
    assert len(started) == 1


def test_the_schedule_goes_on_as_if_it_had_not_been(project):
    project.let_pass()

    project("run-due", "--only", project.key("count"), "--force", "--inline")
    done = project.told("run-due", "--inline")

    assert project.key("count") in {run["entry"] for run in done.runs}


def test_a_run_by_hand_that_no_worker_takes_is_in_the_way_for_two_minutes(project):
    """No pass lasts so long: what one saw, a later one knows."""
    key, orphans = project.key("count"), project.operator.keys.orphans
    project("run", key)
    project.let_pass()
    decided = {each["entry"]: each for each in project.told("run-due", "--inline").decided}
    assert decided[key]["reason"].startswith("overlap with ")

    [(run, since)] = project.redis.hgetall(orphans).items()
    project.redis.hset(orphans, run, int(since) - 120_000)
    project("run-due", "--inline")
    project.let_pass()
    done = project.told("run-due", "--inline")

    assert [each["outcome"] for each in done.runs if each["entry"] == key] == ["succeeded"]
    assert project.redis.exists(orphans) == 0


@pytest.mark.parametrize("words", [["--force"], ["--all", "--only", "x"]])
def test_what_contradicts_itself_is_misuse(project, words):
    assert project("run-due", *words).exit_code == 2
