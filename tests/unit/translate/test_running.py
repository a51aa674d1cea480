"""The options of runs: what they make of an entry, and which of them cannot be meant."""

import enum
import textwrap
from datetime import timedelta

import pytest

from beat_schedule.policies import Log, RunPolicy
from beat_schedule.settings import Settings
from beat_schedule.translate import load

HOUR = timedelta(hours=1)
SECRET = "6f1d0c4e"


class Switch(enum.Enum):
    MAIL_NOTICES = "Mails notices to members"


GOOD = [
    ({}, {"retries": 0, "reruns": 2, "environments": (), "alert_after": None, "log": Log.ALL}),
    ({"retries": 0}, {"retries": 0}),
    ({"retries": 100}, {"retries": 100}),
    ({"retries": 3, "retry_backoff": "5m"}, {"retry_backoff": HOUR / 12}),
    ({"retries": 3, "retry_on": "shop.Closed"}, {"retry_on": ("shop.Closed",)}),
    (
        {"retries": 3, "retry_on": ["shop.Closed", "OSError"]},
        {"retry_on": ("shop.Closed", "OSError")},
    ),
    ({"retries": 3, "retry_on": "IOError"}, {"retry_on": ("OSError",)}),
    ({"on_lost": "rerun:10"}, {"reruns": 10}),
    ({"on_lost": "rerun:0"}, {"reruns": 0}),
    ({"on_lost": "fail"}, {"reruns": 0}),
    ({"feature": "MAIL_NOTICES"}, {"feature": "MAIL_NOTICES"}),
    ({"feature": Switch.MAIL_NOTICES}, {"feature": "MAIL_NOTICES"}),
    ({"environments": "production"}, {"environments": ("production",)}),
    ({"environments": ["test", "production"]}, {"environments": ("test", "production")}),
    ({"environments": ["test", "test"]}, {"environments": ("test",)}),
    ({"expect_within": "2h"}, {"expect_within": 2 * HOUR}),
    ({"alert_after": 3}, {"alert_after": 3}),
    ({"ping": "https://hc-ping.com/6f1d"}, {"ping": "https://hc-ping.com/6f1d"}),
    ({"ping": "http://127.0.0.1:8000/x"}, {"ping": "http://127.0.0.1:8000/x"}),
    ({"log": "failures"}, {"log": Log.FAILURES}),
]

UNTRACKED = {
    "retries": 1,
    "retry_backoff": "1m",
    "retry_on": "OSError",
    "on_lost": "fail",
    "feature": "X",
    "environments": "test",
    "expect_within": "2h",
    "alert_after": 3,
    "ping": "https://example.org",
    "log": "failures",
}


def handler(**options: object) -> dict[str, object]:
    return {"task": "tasks.a.run", **options}


@pytest.mark.parametrize(("options", "kept"), GOOD)
def test_options_become_the_policy_of_runs(translated, options, kept):
    translation = translated({"daily": [handler(**options)]})

    [entry] = translation.entries
    assert translation.problems == translation.warnings == ()
    assert {field: getattr(entry.run_policy, field) for field in kept} == kept


def test_what_says_nothing_has_the_usual_policy(translated):
    [entry] = translated({"daily": [handler()]}).entries

    assert entry.run_policy == RunPolicy()
    assert not entry.policy.even_in_maintenance


def test_the_beat_knows_what_maintenance_does_not_stop(translated):
    [entry] = translated({"daily": [handler(even_in_maintenance=True, tracked=False)]}).entries

    assert entry.policy.even_in_maintenance


def test_an_entry_that_is_shown_does_not_show_its_ping(translated):
    [entry] = translated({"daily": [handler(ping=f"https://example.org/{SECRET}")]}).entries

    assert SECRET not in repr(entry)


@pytest.mark.parametrize("option", ["retry_backoff", "retry_on"])
@pytest.mark.parametrize("retries", [{}, {"retries": 0}])
def test_how_to_retry_has_no_meaning_without_retries(complaints, option, retries):
    [said] = complaints({"daily": [handler(**{option: UNTRACKED[option]}, **retries)]})

    assert said == (
        f"hooks.py: scheduler_events['daily'][0]['{option}']: has no meaning without retries "
        "(add 'retries': 3, or leave it out)"
    )


@pytest.mark.parametrize("option", UNTRACKED)
def test_what_only_our_workers_do_has_no_meaning_for_those_of_others(complaints, option):
    [said] = complaints({"daily": [handler(tracked=False, **{option: UNTRACKED[option]})]})

    assert said == (
        f"hooks.py: scheduler_events['daily'][0]['{option}']: has no meaning with tracked False: "
        "a stock worker neither asks before a run nor says how it went (leave one of them out)"
    )


def test_what_is_late_before_it_is_sent_is_warned_of(translated):
    hooks = {"daily_maintenance": [handler(name="sweep", expect_within="1m")]}

    [warning] = translated(hooks).warnings

    assert warning.place == "hooks.py: scheduler_events['daily_maintenance'][0]['expect_within']"
    assert warning.reason.startswith("1 minute after each due time are over before it is sent")
    assert translated({"daily": [handler(expect_within="1m")]}).warnings == ()


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("json.JSONDecodeError", "json.decoder.JSONDecodeError"),
        ("socket.timeout", "builtins.TimeoutError"),
        ("TimeoutError", "TimeoutError"),
    ],
)
def test_an_exception_is_kept_by_the_name_that_it_has_itself(translated, path, kept):
    hooks = {"daily": [{"task": "time.time", "retries": 1, "retry_on": path}]}

    [entry] = translated(hooks, imports=True).entries

    assert entry.run_policy.retry_on == (kept,)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "json.JSONDecodError",
            "module 'json' has no 'JSONDecodError' (did you mean 'json.JSONDecodeError'?)",
        ),
        ("no_such_room.Closed", "no module named 'no_such_room'"),
        ("json.loads", "json.loads is no exception that a task may raise (name a class of them)"),
        ("builtins.SystemExit", "builtins.SystemExit is no exception that a task may raise"),
    ],
)
def test_an_exception_that_is_not_there_is_told(translated, path, said):
    hooks = {"daily": [{"task": "time.time", "retries": 1, "retry_on": ["OSError", path]}]}

    translation = translated(hooks, imports=True)

    [problem] = translation.problems
    assert str(problem).startswith(f"hooks.py: scheduler_events['daily'][0]['retry_on']: {said}")
    assert translation.entries == ()


def test_without_imports_no_exception_is_looked_up(translated):
    hooks = {"daily": [handler(retries=1, retry_on="no_such_room.Closed")]}

    [entry] = translated(hooks).entries

    assert entry.run_policy.retry_on == ("no_such_room.Closed",)


def test_what_only_running_the_hooks_tells_is_not_checked(tmp_path):
    text = """
    scheduler_events = {
        "daily": [{"task": "app.a", "environments": ["test", stage()], "retries": 2}],
        "hourly": [{"task": "app.b", "retries": 1, "retry_on": [errors.Closed]}],
        "weekly": [{"task": "app.c", "retries": 2, "on_lost": "rerun:1"}],
    }
    """
    (tmp_path / "hooks.py").write_text(textwrap.dedent(text))

    translation = load(Settings(), imports=False, modules=[str(tmp_path / "hooks.py")])

    assert [entry.run_policy.reruns for entry in translation.entries] == [1]
    assert [str(warning).partition(": ")[2] for warning in translation.warnings] == [
        "scheduler_events['daily'][0]['environments']: not checked: line 3 has a call",
        "scheduler_events['hourly'][0]['retry_on']: not checked: line 4 has an attribute",
    ]
    assert translation.problems == ()
