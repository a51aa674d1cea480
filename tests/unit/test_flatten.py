"""Spreads that take the crowd out of a minute, and the patch that gives them to the hooks."""

from datetime import timedelta

import pytest

from beat_schedule.actions.patching import patch
from beat_schedule.events import offset
from beat_schedule.foresight.calendar import Calendar
from beat_schedule.foresight.flatten import flattened
from beat_schedule.schedules import Every
from tests.foreseen import SINCE, an_entry

MINUTES = timedelta(minutes=1)
A_QUARTER = 15 * MINUTES


def flat(entries, **changes):
    week = Calendar(SINCE, SINCE + timedelta(days=7))
    return flattened(entries, week, **{"within": A_QUARTER} | changes)


def test_half_of_a_crowd_stays_and_the_others_go_a_little_later():
    crowd = [an_entry(f"job{number}@daily") for number in range(8)]

    found = flat(crowd)

    assert (found.before, found.after) == (8, 4)
    assert len(found.suggestions) == 4
    for each in found.suggestions:
        assert each.later == offset(each.entry.key, each.spread) <= each.spread <= A_QUARTER


def test_it_is_flattened_as_far_as_one_asks():
    crowd = [an_entry(f"job{number}@daily") for number in range(8)]

    assert flat(crowd, peak=1, within=60 * MINUTES).after == 1


def test_where_there_is_no_crowd_nothing_is_suggested():
    found = flat([an_entry("a"), an_entry("b", "0 1 * * *")])

    assert (found.before, found.after, found.suggestions) == (1, 1, ())
    assert flat([]).suggestions == ()


def test_what_is_due_often_or_has_a_spread_keeps_its_place():
    often, spread = an_entry("a", Every("1m")), an_entry("b", spread=5 * MINUTES)

    found = flat([often, spread, an_entry("c", "5 0 * * *")], peak=1)

    assert [each.entry.key for each in found.suggestions] == ["c"]


def test_no_spread_reaches_the_next_due_time():
    found = flat([an_entry(f"job{number}", Every("4m")) for number in range(6)], peak=1)

    assert {each.spread for each in found.suggestions} <= {MINUTES, 2 * MINUTES}
    assert found.suggestions


HOOKS = '''"""Ours."""

scheduler_events = {
    # Nichts als Ärger, with characters that are longer than they look: äöü.
    "daily": ["shop.close", "shop.üben"],
    "weekly": "shop.count",
    "cron": {
        "0 6 * * mon": [
            {
                "task": "shop.open",
                "kwargs": {"kind": "all"},
            },
            {"task": "shop.sweep"},
        ],
    },
    "monthly": [NAME, *OTHERS],
}
'''


@pytest.fixture
def patched(tmp_path, monkeypatch):
    """Patch the hooks at a path below `scheduler_events`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hooks.py").write_text(HOOKS)

    def patched(*paths):
        places = {f"hooks.py: scheduler_events{path}": "7m" for path in paths}
        return patch(places, "spread")

    return patched


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("['daily'][0]", '    "daily": [{"task": "shop.close", "spread": "7m"}, "shop.üben"],'),
        ("['daily'][1]", '    "daily": ["shop.close", {"task": "shop.üben", "spread": "7m"}],'),
        ("['weekly'][0]", '    "weekly": {"task": "shop.count", "spread": "7m"},'),
        (
            "['cron']['0 6 * * mon'][0]",
            '                "kwargs": {"kind": "all"}, "spread": "7m",',
        ),
        ("['cron']['0 6 * * mon'][1]", '            {"task": "shop.sweep", "spread": "7m"},'),
    ],
)
def test_a_handler_is_given_the_option_and_nothing_else_is_touched(patched, path, line):
    made = patched(path)

    added = [each for each in made.text.splitlines() if each.startswith("+") and each[1:2] != "+"]
    assert added == [f"+{line}"]
    assert made.text.startswith("--- a/hooks.py\n+++ b/hooks.py\n")
    assert made.unreached == []


def test_several_of_one_line_are_changed_together(patched):
    made = patched("['daily'][1]", "['daily'][0]")

    assert (
        '[{"task": "shop.close", "spread": "7m"}, {"task": "shop.üben", "spread": "7m"}]'
        in made.text
    )


@pytest.mark.parametrize(
    "path", ["['monthly'][0]", "['monthly'][1]", "['hourly'][0]", "['daily'][9]"]
)
def test_what_is_no_literal_is_named_and_left_alone(patched, path):
    made = patched(path)

    assert (made.text, made.unreached) == ("", [f"hooks.py: scheduler_events{path}"])


def test_what_stands_elsewhere_is_named(patched):
    made = patch({"tasks/hi.py: class SayHi": "7m"}, "spread")

    assert (made.text, made.unreached) == ("", ["tasks/hi.py: class SayHi"])
    assert patched().text == ""
