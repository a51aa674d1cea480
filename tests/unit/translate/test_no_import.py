"""`scheduler_events` read from a file's text: what is understood, and what is said of the rest."""

import textwrap

import pytest

from beat_schedule.settings import Settings
from beat_schedule.translate import load

UNDERSTOOD = {
    "a literal": 'scheduler_events = {"daily": ["app.a", "app.b"]}',
    "with an annotation": 'scheduler_events: dict = {"daily": ["app.a", "app.b"]}',
    "a tuple": 'scheduler_events = {"daily": ("app.a", "app.b")}',
    "constants": """
        APP = "app"
        DAILY = [f"{APP}.a", APP + ".b"]
        WORD = "daily"
        scheduler_events = {WORD: DAILY}
        """,
    "unpacking": """
        first = ["app.a"]
        base = {"daily": [*first, "app.b"]}
        scheduler_events = {**base}
        """,
    "sums": 'scheduler_events = {"daily": ["app.a"] + ["app.b"]} | {}',
    "an item": """
        scheduler_events = {}
        scheduler_events["daily"] = ["app.a"]
        scheduler_events["daily"] += ["app.b"]
        """,
    "update": """
        scheduler_events = {"daily": ["app.c"]}
        scheduler_events.update({"daily": ["app.a", "app.b"]})
        """,
    "setdefault": """
        scheduler_events = {}
        scheduler_events.setdefault("daily", []).append("app.a")
        scheduler_events.setdefault("daily", []).extend(["app.b"])
        """,
    "a second name": """
        events = scheduler_events = {"daily": ["app.a"]}
        events["daily"].append("app.b")
        """,
    "delete": """
        scheduler_events = {"daily": ["app.a", "app.b"], "weekly": ["app.c"]}
        del scheduler_events["weekly"]
        """,
    "imports beside it": """
        from . import __version__ as app_version
        import frappe
        scheduler_events = {"daily": ["app.a", "app.b"]}
        """,
}

NOT_KNOWN = {
    "a call": (
        'scheduler_events = {"daily": handlers()}',
        [],
        "scheduler_events['daily']: not checked: line 1 has a call",
    ),
    "a comprehension": (
        'scheduler_events = {"daily": ["app." + n for n in "ab"], "weekly": ["app.a"]}',
        ["app.a@weekly"],
        "scheduler_events['daily']: not checked: line 1 has a comprehension",
    ),
    "an import": (
        "from app import scheduler_events",
        [],
        "scheduler_events: not checked: line 1 has an import",
    ),
    "an import of everything": (
        "from app.hooks import *",
        [],
        "scheduler_events: not checked: line 1 has an import of every name",
    ),
    "an option": (
        'scheduler_events = {"daily": [{"task": "app.a", "queue": QUEUE}, "app.b"]}',
        ["app.b@daily"],
        "scheduler_events['daily'][0]['queue']: not checked: line 1 has the name 'QUEUE'",
    ),
    "an argument": (
        'scheduler_events = {"daily": [{"task": "app.a", "args": [1, today()]}]}',
        [],
        "scheduler_events['daily'][0]['args']: not checked: line 1 has a call",
    ),
    "an addition under a condition": (
        """
        scheduler_events = {"daily": ["app.a"]}
        if debug:
            scheduler_events["hourly"] = ["app.b"]
        """,
        ["app.a@daily"],
        "scheduler_events: not checked: line 3 has a condition",
    ),
    "a call that may change it": (
        """
        scheduler_events = {"daily": ["app.a"]}
        add_to(scheduler_events)
        """,
        ["app.a@daily"],
        "scheduler_events: not checked: line 3 has a call",
    ),
    "a key written twice": (
        'scheduler_events = {"daily": ["app.a"], "daily": ["app.b"]}',
        ["app.b@daily"],
        (
            "scheduler_events: not checked: line 1 has the key 'daily' again, "
            "which drops what it had before"
        ),
    ),
}


def loaded(tmp_path, text):
    (tmp_path / "hooks.py").write_text(textwrap.dedent(text))
    return load(Settings(), imports=False, modules=[str(tmp_path / "hooks.py")])


@pytest.mark.parametrize("text", UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_what_literals_say_is_understood(tmp_path, text):
    translation = loaded(tmp_path, text)

    assert [entry.key for entry in translation.entries] == ["app.a@daily", "app.b@daily"]
    assert translation.problems + translation.warnings == ()


@pytest.mark.parametrize(("text", "keys", "said"), NOT_KNOWN.values(), ids=NOT_KNOWN)
def test_what_only_running_tells_is_a_warning_and_no_problem(tmp_path, text, keys, said):
    translation = loaded(tmp_path, text)

    assert [entry.key for entry in translation.entries] == keys
    assert translation.problems == ()
    assert [str(each).partition(": ")[2] for each in translation.warnings] == [said]


def test_a_mistake_beside_something_unknown_is_still_told(tmp_path):
    translation = loaded(tmp_path, 'scheduler_events = {"dayly": [], "daily": handlers()}')

    assert ["dayly" in str(problem) for problem in translation.problems] == [True]
    assert len(translation.warnings) == 1


def test_nothing_is_executed(tmp_path):
    trace = tmp_path / "trace"

    loaded(tmp_path, f"open({str(trace)!r}, 'w')\nscheduler_events = {{}}\n")

    assert not trace.exists()
