"""Changing entries, and making others, from the command line."""

import json
import sys

import pytest

from tests.desk import WHY, shown, told


@pytest.fixture
def hookbeat(hookbeat):
    assert hookbeat("migrate").exit_code == 0
    return hookbeat


def test_an_override_is_shown_beside_what_the_code_says(hookbeat, count):
    done = hookbeat("entry", "set", count, "--cron", "30 6 * * *", "--queue", "long", *WHY)

    assert done.exit_code == 0, done.output
    assert "queue: 'long'" in done.output
    said = hookbeat("entry", "show", count).output
    assert "the code says" in said
    assert "override by ada" in said
    assert "entry.set by ada (cli): backlog" in said
    answer = shown(hookbeat, count)
    assert answer["code"]["queue"] == "default"
    assert answer["in_force"]["queue"] == "long"
    assert "06:30" in answer["in_force"]["schedule"]
    assert answer["audit"][0]["after"] == {"cron": "30 6 * * *", "queue": "long"}


def test_what_is_said_later_stands_beside_what_was_said_before(hookbeat, count):
    hookbeat("entry", "set", count, "--cron", "30 6 * * *", "--timeout", "10m", *WHY)
    hookbeat("entry", "set", count, "--every", "2h", *WHY)

    assert shown(hookbeat, count)["said"]["options"] == {"every": "2h", "timeout": "10m"}
    again = hookbeat("entry", "set", count, "--every", "2h", *WHY)
    assert "nothing changes" in again.output
    assert len(shown(hookbeat, count)["audit"]) == 2


def test_an_override_is_dropped_in_part_or_wholly(hookbeat, count):
    hookbeat("entry", "set", count, "--every", "2h", "--timeout", "10m", "--queue", "long", *WHY)

    hookbeat("entry", "reset", count, "--only", "timeout", *WHY)
    assert shown(hookbeat, count)["said"]["options"] == {"every": "2h", "queue": "long"}

    done = hookbeat("entry", "reset", count, *WHY)
    assert "as the code says, was '2h'" in done.output
    answer = shown(hookbeat, count)
    assert answer["said"] is None
    assert {**answer["in_force"], "place": answer["code"]["place"]} == answer["code"]
    assert hookbeat("entry", "reset", count, *WHY).exit_code == 1


def test_an_override_that_goes_to_a_new_key_is_no_complaint(hookbeat, project, name, count):
    hookbeat("entry", "set", count, "--queue", "long", *WHY)
    task = {"task": f"{name}_tasks.count", "name": "counting", "formerly": count}
    (project / f"{name}_hooks.py").write_text(f"scheduler_events = {{'hourly': [{task!r}]}}")

    del sys.modules[f"{name}_hooks"]

    listed, one = hookbeat("entry", "list"), hookbeat("entry", "show", count)

    assert (listed.exit_code, one.exit_code) == (0, 0)
    assert "goes with the entry to counting" in listed.output
    assert "no longer fits" not in listed.output + one.output


def test_the_beats_are_told_at_once(hookbeat, count, leader):
    hookbeat("entry", "set", count, "--every", "2h", *WHY)

    assert leader.operator.defined(count).options == {"every": "2h"}

    hookbeat("entry", "reset", count, *WHY)
    assert leader.operator.defined(count).options is None


def test_while_redis_is_away_a_change_is_on_record_and_that_is_said(hookbeat, count, away):
    away()

    done = hookbeat("entry", "set", count, "--every", "2h", *WHY)

    assert done.exit_code == 0, done.output
    assert "a beat takes it up when Redis is back" in done.stderr
    assert told(hookbeat("entry", "list", "--json"))["said"][0]["options"] == {"every": "2h"}


def test_an_entry_is_disabled_and_enabled_again(hookbeat, count, leader):
    leader.lead().look_at(count)

    done = hookbeat("entry", "set", count, "--disable", *WHY)
    assert "is disabled by ada" in done.output
    assert leader.decide(count, leader.operator.now()).reason == "disabled by ada: backlog"
    assert shown(hookbeat, count)["hold"]["kind"] == "disabled"

    assert "runs again" in hookbeat("entry", "set", count, "--enable", *WHY).output
    assert shown(hookbeat, count)["hold"] is None
    noted = [each["action"] for each in shown(hookbeat, count)["audit"]]
    assert noted == ["enable", "disable"]


def test_an_entry_is_made_listed_changed_and_removed(hookbeat, name, leader):
    task = f"{name}_tasks.count"
    when = ("--cron", "0 7 * * mon", "--timezone", "Europe/Paris")
    more = ("--kwargs", "kind=fines", "--option", "catch_up=none")
    done = hookbeat("entry", "add", "for ada", "--task", task, *when, *more, *WHY)

    assert done.exit_code == 0, done.output
    assert "Europe/Paris" in done.output
    assert leader.operator.defined("for ada").options["kwargs"] == {"kind": "fines"}
    assert "for ada" in hookbeat("entry", "list", "--made").output

    hookbeat("entry", "set", "for ada", "--every", "3h", *WHY)
    assert shown(hookbeat, "for ada")["in_force"]["schedule"] == "every 3 hours"

    assert "is no more" in hookbeat("entry", "remove", "for ada", *WHY).output
    assert told(hookbeat("entry", "list", "--json")) == {"said": []}
    assert hookbeat("entry", "remove", "for ada", *WHY).exit_code == 1
    again = hookbeat("entry", "add", "for ada", "--task", task, *when, *WHY)
    assert again.exit_code == 0, again.output


def test_a_line_of_arguments_is_read_as_the_function_asks_for_it(hookbeat, project, name, leader):
    (project / f"{name}_tasks.py").write_text("def send(code: str, most: int = 9): ...\n")
    (project / f"{name}_hooks.py").write_text(
        f"scheduler_events = {{'hourly': [{{'task': '{name}_tasks.send', 'kwargs': 'code=1'}}]}}"
    )
    send, lines = f"{name}_tasks.send", ("--kwargs", "code=01234\nmost=5")
    number, none = ("--kwargs", "code=77"), ("--kwargs", "code=7\nmost=few")

    assert hookbeat("entry", "set", f"{send}@hourly", *number, *WHY).exit_code == 0
    hookbeat("entry", "add", "extra", "--task", send, "--every", "1h", *lines, *WHY)

    assert leader.operator.defined(f"{send}@hourly").options["kwargs"] == {"code": "77"}
    assert leader.operator.defined("extra").options["kwargs"] == {"code": "01234", "most": 5}
    for target in (f"{send}@hourly", "extra"):
        refused = hookbeat("entry", "set", target, *none, *WHY)
        assert (refused.exit_code, "asks for int as most" in refused.stderr) == (2, True)
    hookbeat("entry", "set", "extra", *number, *WHY)
    assert leader.operator.defined("extra").options["kwargs"] == {"code": "77"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--cron", "0 7 * * *", "--every", "1h"), "says cron and every"),
        ((), "does not say when it is due"),
        (("--every", "10s"), "1 minute is the least"),
        (("--once", "2020-01-01"), "is due at no time to come"),
        (("--every", "1h", "--queue", "lnog"), "did you mean 'long'"),
        (("--every", "1h", "--kwargs", "knid=fines"), "does not take these arguments"),
        (("--every", "1h", "--option", "ping=https://example.org"), "only for what the code"),
        (("--every", "1h", "--option", "task=os.system"), "task is said twice"),
        (("--every", "1h", "--queue", "long", "--option", "queue=short"), "queue is said twice"),
    ],
)
def test_what_cannot_be_meant_is_misuse_and_changes_nothing(hookbeat, name, words, complaint):
    task = f"{name}_tasks.count"

    done = hookbeat("entry", "add", "for ada", "--task", task, *words, *WHY)

    assert done.exit_code == 2
    assert complaint in done.output
    assert told(hookbeat("entry", "list", "--json")) == {"said": []}


def test_only_tasks_that_the_app_registers_may_be_run(hookbeat, name):
    for task in ("os.system", f"{name}_tasks.cuont"):
        done = hookbeat("entry", "add", "for ada", "--task", task, "--every", "1h", *WHY)
        assert done.exit_code == 1
        assert "no task that the app registers" in done.output


def test_names_are_taken_once(hookbeat, name, count):
    add = ("--task", f"{name}_tasks.count", "--every", "1h", *WHY)
    hookbeat("entry", "add", "for ada", *add)

    for key, complaint, code in (
        ("for ada", "there is such an entry", 1),
        (count, "is declared by", 1),
        ("*", "stands for every entry", 2),
    ):
        done = hookbeat("entry", "add", key, *add)
        assert complaint in done.output
        assert done.exit_code == code
    removed = hookbeat("entry", "remove", count, *WHY).output
    assert "is declared by" in removed
    assert "`hookbeat entry set ENTRY --disable`" in removed


def test_there_may_be_so_many_and_no_more(hookbeat, name, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_ENTRIES_MOST", "2")
    add = ("--task", f"{name}_tasks.count", "--every", "1h", *WHY)
    codes = [hookbeat("entry", "add", f"for {who}", *add).exit_code for who in "abc"]
    assert codes == [0, 0, 1]

    hookbeat("entry", "remove", "for a", *WHY)
    assert hookbeat("entry", "add", "for c", *add).exit_code == 0


def test_an_override_that_no_longer_fits_is_told(hookbeat, count, project, name):
    hookbeat("entry", "set", count, "--queue", "long", *WHY)
    (project / f"{name}_hooks.py").write_text("scheduler_events = {}")
    # Python keeps what it once imported.
    del sys.modules[f"{name}_hooks"]

    done = hookbeat("entry", "list")

    assert done.exit_code == 1
    assert "no longer fits" in done.output
    assert "its override waits" in shown(hookbeat, count)["said"]["problems"][0]
    warnings = told(hookbeat("check", "--json"))["warnings"]
    assert count in [each["place"] for each in warnings]
    assert hookbeat("entry", "reset", count, *WHY).exit_code == 0


def test_while_hooks_cannot_be_read_nobody_is_told_to_reset(hookbeat, count, project, name):
    hookbeat("entry", "set", count, "--queue", "long", *WHY)
    (project / f"{name}_hooks.py").write_text("scheduler_events = {")
    del sys.modules[f"{name}_hooks"]

    said = [hookbeat(*words).output for words in (("check",), ("entry", "list"))]

    for each in said:
        assert "its override waits" in each
        assert "entry reset" not in each


def test_what_nobody_knows_is_told(hookbeat):
    for words in (("show",), ("set", "--every", "1h", *WHY), ("reset", *WHY), ("remove", *WHY)):
        done = hookbeat("entry", words[0], "nobody", *words[1:])
        assert done.exit_code == 1
        assert "no entry 'nobody'" in done.output


def test_misuse_exits_with_two(hookbeat, count):
    for words in (
        ("set", count, *WHY),
        ("set", count, "--queue", "lnog", *WHY),
        ("set", count, "--cron", "0 25 * * *", *WHY),
        ("set", count, "--every", "1h"),
        ("set", count, "--args", "{}", *WHY),
        ("set", count, "--args", "[", *WHY),
        ("set", count, "--enable", "--disable", *WHY),
        ("set", count, "--disable", "--enable", *WHY),
    ):
        assert hookbeat("entry", *words).exit_code == 2
    assert shown(hookbeat, count)["audit"] == []


@pytest.mark.parametrize(("every", "code"), [("10s", 0), ("5s", 0), ("2s", 2)])
def test_what_the_code_makes_due_often_may_be_made_rarer(hookbeat, project, name, every, code):
    task = f"{name}_tasks.count"
    (project / f"{name}_hooks.py").write_text(f"scheduler_events = {{'every': {{'5s': '{task}'}}}}")

    done = hookbeat("entry", "set", f"{task}@every:5s", "--every", every, *WHY)

    assert done.exit_code == code, done.output
    assert ("and 5 seconds is the least" in done.output) == bool(code)


def test_a_machine_reads_what_was_changed(hookbeat, count):
    done = hookbeat("entry", "set", count, "--every", "2h", "--json", *WHY)

    said = json.loads(done.stdout)
    assert (said["before"], said["after"]) == (None, {"every": "2h"})
    assert said["entry"]["schedule"] == "every 2 hours"
    assert said["enabled"] is None
