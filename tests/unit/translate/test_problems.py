"""What is no event, no expression, no handler: each is told, with its place, all at once."""

import pytest

SAID = [
    ({"dayly": []}, "scheduler_events['dayly']: unknown event 'dayly' (did you mean 'daily'?)"),
    ({"Daily": []}, "scheduler_events['Daily']: unknown event 'Daily' (did you mean 'daily'?)"),
    (
        {"0 6 * * *": []},
        (
            "scheduler_events['0 6 * * *']: unknown event '0 6 * * *' "
            "(write it under 'cron': {'0 6 * * *': [...]})"
        ),
    ),
    (
        {"5m": []},
        "scheduler_events['5m']: unknown event '5m' (write it under 'every': {'5m': [...]})",
    ),
    (
        {"cron": ["tasks.a.run"]},
        (
            "scheduler_events['cron']: is ['tasks.a.run'] "
            "(write {'15 18 * * mon-fri': ['module.function']})"
        ),
    ),
    (
        {"every": {90: ["tasks.a.run"]}},
        "scheduler_events['every']: 90 is no expression (write text as '90s')",
    ),
    (
        {"daily": 7},
        "scheduler_events['daily']: is 7 (write a list of handlers: ['module.function'])",
    ),
    (
        {"daily": {}},
        "scheduler_events['daily']: is {} (write a list of handlers: ['module.function'])",
    ),
    (
        {"daily": [None]},
        (
            "scheduler_events['daily'][0]: None is no handler "
            "(write a dotted path such as 'tasks.library.daily', or a dict with 'task')"
        ),
    ),
    ({"daily": [{}]}, "scheduler_events['daily'][0]: says no task (add 'task': 'module.function')"),
    (
        {"daily": ["run"]},
        "scheduler_events['daily'][0]: 'run' is no dotted path (write it as module.function)",
    ),
    (
        {"daily": ["tasks.a:run"]},
        (
            "scheduler_events['daily'][0]: 'tasks.a:run' is no dotted path "
            "(did you mean 'tasks.a.run'?)"
        ),
    ),
    (
        {"daily": ["tasks.a.run()"]},
        (
            "scheduler_events['daily'][0]: 'tasks.a.run()' is no dotted path "
            "(did you mean 'tasks.a.run'?)"
        ),
    ),
    (
        {"daily": ["tasks.a." + "n" * 300]},
        "scheduler_events['daily'][0]: task has more than 300 characters",
    ),
    (
        {"daily": ["tasks.a." + "n" * 290]},
        "scheduler_events['daily'][0]: its key is too long for the record (give it a 'name')",
    ),
    (["daily"], "scheduler_events: is ['daily'] (write a dict: {'daily': ['module.function']})"),
    (None, "scheduler_events: is None (write a dict: {'daily': ['module.function']})"),
]


@pytest.mark.parametrize(("events", "said"), SAID)
def test_a_mistake_is_told_with_its_place_and_its_cure(complaints, events, said):
    assert complaints(events) == [f"hooks.py: {said}"]


def test_a_word_that_is_no_text_gets_the_list_of_words(complaints):
    [said] = complaints({7: []})

    assert said.startswith("hooks.py: scheduler_events[7]: 7 is no event (events are hourly,")


def test_every_mistake_is_told_at_once(complaints):
    said = complaints(
        {
            "dayly": ["tasks.a.run"],
            "daily": ["run", {"task": "tasks.b.run", "at": "25:00", "qeue": "long"}],
            "cron": {"61 * * * *": ["tasks.c.run"]},
        }
    )

    assert [line.partition(": ")[2].partition(": ")[0] for line in said] == [
        "scheduler_events['dayly']",
        "scheduler_events['daily'][0]",
        "scheduler_events['daily'][1]['at']",
        "scheduler_events['daily'][1]['qeue']",
        "scheduler_events['cron']['61 * * * *']",
    ]


def test_a_bad_expression_is_told_once_for_all_its_handlers(complaints):
    said = complaints({"every": {"soon": ["tasks.a.run", "tasks.b.run"]}})

    assert len(said) == 1
    assert said[0].startswith("hooks.py: scheduler_events['every']['soon']: ")


def test_a_bad_entry_leaves_only_itself_out(translated):
    translation = translated({"daily": ["tasks.a.run", "run", "tasks.b.run"]})

    assert [entry.key for entry in translation.entries] == [
        "tasks.a.run@daily",
        "tasks.b.run@daily",
    ]
    assert len(translation.problems) == 1


def test_a_step_beyond_its_field_is_warned_of_and_kept(translated):
    translation = translated({"cron": {"*/90 * * * *": ["tasks.a.run"]}})

    [warning] = translation.warnings
    assert warning.place == "hooks.py: scheduler_events['cron']['*/90 * * * *']"
    assert len(translation.entries) == 1


def test_one_handler_needs_no_brackets(translated):
    translation = translated(
        {"daily": "tasks.a.run", "weekly": {"task": "tasks.a.run"}, "every": {"5m": "tasks.a.run"}}
    )

    assert len(translation.entries) == 3
    assert translation.problems == ()


def test_a_module_whose_name_is_no_identifier_is_a_path_all_the_same(translated):
    [entry] = translated({"daily": ["my-app.stock_(v2).run"]}).entries

    assert entry.task == "my-app.stock_(v2).run"
