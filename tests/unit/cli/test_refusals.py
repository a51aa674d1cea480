"""Why nothing was done: in words for people, and with `--json` in an object for machines too."""

import json

import pytest


@pytest.fixture(autouse=True)
def no_record(tmp_path, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("runs",), 1, "hookbeat migrate"),
        (("purge",), 2, "name what is to go"),
        (("next", "--entry", "time.tim"), 1, "did you mean 'time.time'?"),
        (("next", "--count", "none"), 2, "'none' is not a valid integer range"),
    ],
)
def test_a_machine_finds_it_where_it_looks_for_an_answer(hookbeat, words, code, reason):
    person, machine = hookbeat(*words), hookbeat(*words, "--json")

    assert person.exit_code == machine.exit_code == code
    assert person.stdout == ""
    assert reason in machine.stderr
    assert reason in json.loads(machine.stdout)["error"]


def test_of_settings_that_cannot_be_read_too(hookbeat, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_TIMEZON", "UTC")

    done = hookbeat("next", "--json")

    assert done.exit_code == 1
    assert "did you mean 'HOOKBEAT_TIMEZONE'?" in json.loads(done.stdout)["error"]


def test_an_answer_that_tells_of_problems_is_no_refusal(hookbeat):
    done = hookbeat("check", "--json", hooks="scheduler_events = {'dayly': []}")

    assert done.exit_code == 1
    assert "error" not in json.loads(done.stdout)
