"""A pass for each clock: a clock that has a beat of its own is left to that."""

import pytest

from beat_schedule.dispatch.state import State
from tests.desk import PREFIX

CLOCK = """
from beat_schedule.clocks import scheduler
from NAME_tasks import index

scheduler.add_job(index, "cron", id="index", hour="*")
"""


@pytest.fixture
def tasks(tasks):
    return f"{tasks}\ndef index(context):\n    context.report(indexed=7)\n"


@pytest.fixture
def environment(environment, name, tmp_path, monkeypatch):  # noqa: ARG001 -- it comes first
    folder = tmp_path / f"{name}_jobs" / "algolia"
    folder.mkdir(parents=True)
    for each in (folder.parent, folder):
        (each / "__init__.py").touch()
    (folder / "clock.py").write_text(CLOCK.replace("NAME", name))
    monkeypatch.setenv("HOOKBEAT_AUTOLOAD", f"{name}_jobs")


@pytest.fixture
def a_beat_of_algolia(project):
    state = State(project.redis, PREFIX, None, "algolia")
    said = {"host": "web1", "pid": 7, "version": "1.0", "offset": 0.0, "doubt": ""}
    seen = state.watch("web1-7-ab", "g1", said)
    assert state.take("web1-7-ab", "g1", seen, "its grant")


def test_one_call_passes_for_every_clock(project):
    project.let_pass()

    done = project.told("run-due", "--inline")

    assert sorted(run["entry"] for run in done.runs) == [
        project.key("count"),
        project.key("fail"),
        "index",
    ]
    assert {"indexed": 7} in [run["counts"] for run in done.runs]


@pytest.mark.usefixtures("a_beat_of_algolia")
def test_a_clock_with_a_beat_of_its_own_is_left_to_it(project):
    project.let_pass()

    done = project.told("run-due", "--inline")

    assert done.in_the_way == [{"clock": "algolia", "id": "web1-7-ab", "by": None}]
    assert "index" not in [run["entry"] for run in done.runs]
    said = project("run-due").stdout
    assert "the beat web1-7-ab decides what is due of the clock algolia: no pass was made" in said


def test_a_pass_over_a_clocks_entry_asks_no_other_clock(project):
    project.let_pass()

    done = project.told("run-due", "--inline", "--only", "index")

    assert [run["entry"] for run in done.runs] == ["index"]
    assert done.in_the_way == []


def test_a_pass_over_some_clocks_is_none_of_the_others(project, monkeypatch):
    project.let_pass(hours=2)
    monkeypatch.setenv("HOOKBEAT_CLOCKS", "main")
    project.forget_app()

    project("run-due")

    assert project.told("scheduler", "status").health["level"] == "warning"


def test_where_other_clocks_are_named_an_entry_runs_by_force_alone(project, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_CLOCKS", "main")
    project.forget_app()

    plain = project("run-due", "--only", "index")
    forced = project.told("run-due", "--only", "index", "--force", "--inline")

    assert (plain.exit_code, "index is of the clock algolia" in plain.stderr) == (1, True)
    assert [run["entry"] for run in forced.runs] == ["index"]
    for words in ([], ["--inline"]):
        everything = project.told("run-due", "--all", *words)
        assert "index" not in {*everything.asked, *(run["entry"] for run in everything.runs)}


def test_beats_and_cursor_tell_of_each_clock(project):
    project.let_pass()

    cursor = project.told("cursor")
    beats = project("beats").output.splitlines()

    assert (cursor.clock, cursor.code) == ("main", 1)
    assert cursor.clocks["algolia"]["problems"] == [
        "it stands still: `hookbeat beats` tells whether somebody leads"
    ]
    at = beats.index("clock algolia:")
    assert any(line.startswith("nobody leads") for line in beats[:at])
    assert any(line.startswith("clock algolia: nobody leads") for line in beats[at:])


@pytest.mark.usefixtures("a_beat_of_algolia")
def test_the_status_tells_of_a_clock_whose_passes_stand_still(project):
    project.let_pass()

    told = project("status").output

    assert "clock algolia: nothing was looked at for" in told


@pytest.mark.usefixtures("a_beat_of_algolia")
def test_the_health_of_a_beat_is_asked_of_any_clock(project):
    healthy = project("health", "beat", "--host", "web1")
    assert healthy.exit_code == 0, healthy.output
    assert project("health", "beat", "--host", "web2").exit_code == 1


def test_what_operators_say_of_a_clocks_entry_reaches_its_clock(project):
    said = project("entry", "set", "index", "--queue", "long", "--why", "it takes an hour")
    assert said.exit_code == 0, said.output
    project.let_pass()

    project("run-due", "--only", "index")

    assert project.queued("long") == ["index"]
    assert not project.queued("algolia")


def test_another_entry_may_be_sent_to_the_queue_of_a_clock(project):
    count = project.key("count")
    said = project("entry", "set", count, "--queue", "algolia", "--why", "its workers idle")
    assert said.exit_code == 0, said.output
    project.let_pass()

    project("run-due", "--only", count)

    assert project.queued("algolia") == [count]


def test_a_pause_of_a_clocks_entry_holds_it(project):
    project("pause", "index", "--by", "ada")
    project.let_pass()

    told = project.told("run-due", "--only", "index")

    assert [each["reason"] for each in told.decided] == ["paused by ada"]


def test_every_command_knows_the_queue_of_a_clock_that_operators_name(project):
    task, extra = f"{project.name}_tasks.count", "at once"
    reason = ("--queue", "algolia", "--why", "its workers idle")
    assert project("entry", "set", project.key("count"), *reason).exit_code == 0
    assert project("entry", "add", extra, "--task", task, "--every", "1h", *reason).exit_code == 0

    listed = project("entry", "list")

    assert (listed.exit_code, "no longer fits" in listed.output) == (0, False)
    assert "no longer fits" not in project("entry", "show", extra).output
    assert "unknown queue" not in project("check").output
    assert project("next", "--entry", extra).exit_code == 0
    assert project("runs", "--entry", extra).exit_code == 0
    assert project("run-due", "--only", extra, "--force").exit_code == 0
    assert project.queued("algolia") == [extra]
