"""The option `formerly`: a key belongs to one entry, now and before."""

import pytest

from beat_schedule.settings import Settings
from beat_schedule.translate import Declaration, translate_events


def translated(*handlers):
    declared = Declaration(source="hooks.py", events={"daily": list(handlers)})
    return translate_events([declared], Settings(), imports=False)


def test_an_entry_says_under_which_keys_it_was_declared_before():
    (entry,) = translated({"task": "jobs.new", "formerly": "jobs.old@daily"}).entries

    assert entry.key == "jobs.new@daily"
    assert entry.policy.formerly == ("jobs.old@daily",)


UNCLEAR = [
    (
        "jobs.old",
        {"task": "jobs.new", "formerly": "jobs.old@daily"},
        "'jobs.old@daily' is still declared, at hooks.py: scheduler_events['daily'][0]",
    ),
    (
        {"task": "jobs.one", "formerly": "gone"},
        {"task": "jobs.new", "formerly": ["gone"]},
        "hooks.py: scheduler_events['daily'][0] was 'gone' too",
    ),
    (
        "jobs.one",
        {"task": "jobs.new", "formerly": "jobs.new@daily"},
        "'jobs.new@daily' is its own key",
    ),
]


@pytest.mark.parametrize(("first", "second", "reason"), UNCLEAR)
def test_a_claim_that_is_not_clear_leaves_that_entry_out(first, second, reason):
    translation = translated(first, second)

    (problem,) = translation.problems
    assert (problem.place, problem.reason) == (
        "hooks.py: scheduler_events['daily'][1]['formerly']",
        reason,
    )
    assert len(translation.entries) == 1
