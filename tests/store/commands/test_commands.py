"""The commands that run something, and those that tell how it went."""

import json
import signal

import pytest
from sqlalchemy import text

from beat_schedule.store.base import Base
from beat_schedule.store.engine import make_engine


def test_a_run_in_this_process_is_shown_and_on_record(hookbeat, name):
    done = hookbeat("run", f"{name}_tasks.count", "--inline", "--at", "2026-03-10")

    assert done.exit_code == 0, done.output
    assert "counting loans" in done.output
    assert "succeeded in" in done.output
    assert "(seen 3)" in done.output

    told = hookbeat("logs", done.output.split()[-1]).output
    assert "2026-03-10 00:00:00Z" in told
    assert "thing.counted day='2026-03-10 00:00'" in told


def test_arguments_can_be_given_for_once(hookbeat, name):
    done = hookbeat(
        "run", f"{name}_tasks.count@daily", "--inline", "--kwargs", '{"kind": "fines"}', "--json"
    )

    told = json.loads(done.stdout)
    assert (told["kwargs"], told["outcome"], told["trigger"]) == (
        {"kind": "fines"},
        "succeeded",
        "manual",
    )


def test_a_date_can_be_repeated(hookbeat, name):
    for _ in range(2):
        hookbeat("run", f"{name}_tasks.count", "--inline", "--at", "2026-03-10")

    listed = json.loads(hookbeat("runs", "--json").output)
    assert [run["outcome"] for run in listed] == ["succeeded", "succeeded"]


def test_a_run_that_fails_exits_with_one_and_tells_why(hookbeat, name):
    done = hookbeat("run", f"{name}_tasks.fail", "--inline")

    assert done.exit_code == 1
    assert "LookupError: nothing there" in done.output
    told = hookbeat("logs", done.output.split()[-1]).output
    assert "Traceback" in told
    assert "failed" in hookbeat("runs", "--failed").output


def test_runs_are_listed_for_people(hookbeat, name):
    assert hookbeat("runs").output == "nothing has run yet\n"
    hookbeat("run", f"{name}_tasks.count", "--inline")

    listed = hookbeat("runs", "--entry", f"{name}_tasks.count").output

    assert "succeeded" in listed
    assert "seen 3" in listed
    assert hookbeat("runs", "--failed").output == "no such run yet\n"


def test_without_redis_a_run_cannot_be_sent_and_that_is_said(hookbeat, name):
    done = hookbeat("run", f"{name}_tasks.count")

    assert done.exit_code == 1
    assert "Redis at 127.0.0.1:1/0 cannot be reached" in done.output
    assert "hookbeat run --inline" in done.output


def test_a_run_is_sent_and_what_to_type_next_is_said(
    hookbeat, name, redis_url, redis_client, monkeypatch
):
    monkeypatch.setenv("HOOKBEAT_REDIS_URL", redis_url)

    done = hookbeat("run", f"{name}_tasks.count")

    assert done.exit_code == 0, done.output
    assert "see how it goes: hookbeat logs" in done.output
    assert redis_client.llen("default") == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--at", "tomorrow"], "is neither a date nor a time"),
        (["--at", ""], "is neither a date nor a time"),
        (["--kwargs", "{kind"], "is not JSON"),
        (["--kwargs", "[1]"], "line 1 of kwargs is '[1]'"),
        (["--kwargs", '{"a":' * 100_000], "nested too deep"),
        (["--kwargs", '{"kind": NaN}'], "JSON has no such number"),
        (["--kwargs", '{"nope": 1}'], "unexpected keyword argument 'nope'"),
        (["--kwargs", '{"context": 1}'], "unexpected keyword argument 'context'"),
        (["--inline", "--kwargs", '{"nope": 1}'], "unexpected keyword argument 'nope'"),
        (["--at", "9999-12-31T23:59:59-12:00"], "is not within the years"),
    ],
)
def test_misuse_exits_with_two(hookbeat, name, words, complaint):
    done = hookbeat("run", f"{name}_tasks.count", *words)

    assert done.exit_code == 2
    assert complaint in done.output


def test_runs_of_an_entry_that_has_none_yet_are_none(hookbeat, name):
    assert hookbeat("runs", "--entry", f"{name}_tasks.count").output == "no such run yet\n"


def test_runs_of_what_nobody_knows_are_no_answer(hookbeat, name):
    done = hookbeat("runs", "--entry", f"{name}_tasks.cont")

    assert done.exit_code == 1
    assert f"did you mean '{name}_tasks.count'?" in done.output


def test_a_name_that_is_no_text_is_nobodys(hookbeat):
    done = hookbeat("runs", "--entry", "caf\udce9")

    assert done.exit_code == 1
    assert "no run of 'caf\\udce9'" in done.output


@pytest.mark.parametrize("words", [["runs"], ["logs", "abc"], ["migrate"]])
def test_a_folder_that_cannot_be_made_is_told(hookbeat, house, monkeypatch, words):
    (house / "file").write_text("")
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{house}/file/hookbeat.db")

    done = hookbeat(*words)

    assert done.exit_code == 1
    assert "the database cannot be used" in done.output
    assert isinstance(done.exception, SystemExit)


def test_a_list_has_an_end(hookbeat):
    done = hookbeat("runs", "--limit", "999999999999999999999")

    assert done.exit_code == 2
    assert "1<=x<=10000" in done.output


def test_a_run_that_a_signal_stops_is_on_record_as_failed(hookbeat, name, stop):
    before = signal.getsignal(stop)

    done = hookbeat(
        "run", f"{name}_tasks.wait", "--inline", "--kwargs", json.dumps({"signal": stop})
    )

    assert done.exit_code == 128 + stop, done.output
    [run] = json.loads(hookbeat("runs", "--json").output)
    assert run["outcome"] == "failed"
    assert f"the run was stopped by {stop.name}" in run["error"]
    assert signal.getsignal(stop) is before


def test_an_unknown_entry_and_an_unknown_run_are_told(hookbeat, name):
    run = hookbeat("run", f"{name}_tasks.cuont", "--inline")
    told = hookbeat("logs", "abc")

    assert (run.exit_code, told.exit_code) == (1, 1)
    assert f"did you mean '{name}_tasks.count'" in run.output
    assert "no run's id begins with abc" in told.output


def test_every_command_says_when_the_tables_are_missing(hookbeat, name, database_url):
    engine = make_engine(database_url)
    with engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE hookbeat_version"))
    engine.dispose()

    for words in (["runs"], ["logs", "abc"], ["run", f"{name}_tasks.count", "--inline"]):
        done = hookbeat(*words)
        assert done.exit_code == 1
        assert "run `hookbeat migrate`" in done.output

    steps = [f"hookbeat_{number:04}" for number in range(1, 8)]
    assert hookbeat("migrate").output == "".join(f"done: {step}\n" for step in steps)
    assert hookbeat("migrate").output == "the database is up to date\n"


def test_bad_settings_are_told_all_at_once_but_help_always_helps(hookbeat, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_TIMEZONE", "Mars")
    monkeypatch.setenv("HOOKBEAT_REDIS_ULR", "redis://")

    told = hookbeat("runs")

    assert told.exit_code == 1
    assert "unknown time zone 'Mars'" in told.output
    assert "HOOKBEAT_REDIS_ULR: no such setting" in told.output
    assert hookbeat("runs", "--help").exit_code == 0
    assert hookbeat("--help").exit_code == 0


def test_an_app_that_does_not_import_is_told(hookbeat, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_APP", "no_such_app")

    told = hookbeat("run", "anything")

    assert told.exit_code == 1
    assert "HOOKBEAT_APP: 'no_such_app' cannot be imported" in told.output
