"""What an entry is called: by its `name`, else by its path and event, whatever else changes."""

import pytest

KEYS = [
    ({"daily": ["tasks.a.run"]}, "tasks.a.run@daily"),
    ({"daily": [{"task": "tasks.a.run", "at": "06:30"}]}, "tasks.a.run@daily"),
    ({"daily": [{"task": "tasks.a.run", "name": "a run"}]}, "a run"),
    ({"daily_maintenance": ["tasks.a.run"]}, "tasks.a.run@daily_maintenance"),
    ({"cron": {"15 18 * * mon-fri": ["tasks.a.run"]}}, "tasks.a.run@cron:15 18 * * mon-fri"),
    ({"cron": {" 15  18 * * 1 ": ["tasks.a.run"]}}, "tasks.a.run@cron:15 18 * * 1"),
    ({"every": {"90s": ["tasks.a.run"]}}, "tasks.a.run@every:90s"),
]


@pytest.mark.parametrize(("events", "key"), KEYS)
def test_the_key_is_the_name_else_the_path_and_the_event(translated, events, key):
    [entry] = translated(events).entries

    assert entry.key == key


def test_a_second_schedule_renames_no_entry(translated):
    first = {"cron": {"0 6 * * *": ["tasks.a.run"]}}
    both = {"cron": {"0 6 * * *": ["tasks.a.run"], "0 18 * * *": ["tasks.a.run"]}}

    keys = [entry.key for entry in translated(both).entries]

    assert keys == ["tasks.a.run@cron:0 6 * * *", "tasks.a.run@cron:0 18 * * *"]
    assert translated(first).entries[0].key in keys


def test_two_entries_of_one_key_are_a_problem_that_names_both_places(translated):
    translation = translated({"daily": ["tasks.a.run", {"task": "tasks.a.run", "at": "06:30"}]})

    assert [str(problem) for problem in translation.problems] == [
        (
            "hooks.py: scheduler_events['daily'][1]: has the key 'tasks.a.run@daily' of "
            "hooks.py: scheduler_events['daily'][0] too (drop one, or give one a 'name' of its own)"
        )
    ]
    assert [entry.place for entry in translation.entries] == [
        "hooks.py: scheduler_events['daily'][0]"
    ]
