"""Somebody holds the schedule against what he expects of it."""

import pytest

from beat_schedule.errors import NotFoundError
from beat_schedule.testing import assert_runs

pytestmark = pytest.mark.usefixtures("project")


def told(*args, **kwargs):
    with pytest.raises(AssertionError) as raised:
        assert_runs(*args, **kwargs)
    return str(raised.value)


def test_what_is_as_expected_passes_by_key_or_by_task():
    span = ("2026-03-10", "2026-03-12")

    assert_runs("count", between=span, times=["2026-03-10 02:30", "2026-03-11 02:30"])
    assert_runs(
        "shop_tasks.open_doors", between=span, times=["2026-03-10 09:00", "2026-03-11 09:00"]
    )


def test_the_span_has_its_begin_and_not_its_end():
    assert_runs(
        "count", between=("2026-03-10 02:30", "2026-03-11 02:30"), times=["2026-03-10 02:30"]
    )


def test_an_offset_says_which_moment_is_meant():
    assert_runs(
        "count", between=("2026-03-10T00:00Z", "2026-03-11T00:00Z"), times=["2026-03-10T01:30Z"]
    )


def test_what_differs_is_shown_with_the_days_on_which_clocks_are_changed():
    said = told(
        "count",
        between=("2026-03-28", "2026-03-30"),
        times=["2026-03-28 02:30", "2026-03-29 04:30"],
    )

    assert said.splitlines() == [
        "count (every day at 02:30 (Europe/Paris)), 2026-03-28 to 2026-03-30:",
        "    2026-03-28 02:30:00 CET",
        "  + 2026-03-29 03:00:00 CEST   due, not expected; clocks go forward 1 hour that day",
        "  - 2026-03-29 04:30:00 CEST   expected, not due; clocks go forward 1 hour that day",
    ]


def test_what_is_never_due_in_that_time_says_so():
    said = told(
        "count", between=("2026-03-28 12:00", "2026-03-28 13:00"), times=["2026-03-28 12:30"]
    )

    assert said.endswith("  it is not due at all in that time")


def test_a_long_list_is_cut():
    said = told("count", between=("2026-01-01", "2027-01-01"), times=[])

    assert len(said.splitlines()) == 52
    assert said.endswith("  + … and more")


def test_a_name_that_no_entry_has_is_told_with_what_is_wrong_in_the_hooks(project):
    project.write("shop_hooks.py", 'scheduler_events = {"daily": ["shop_tasks.cuont"]}')

    with pytest.raises(NotFoundError) as raised:
        assert_runs("shop_tasks.count", between=("2026-03-10", "2026-03-11"), times=[])

    assert "no entry 'shop_tasks.count'" in str(raised.value)
    assert "scheduler_events['daily'][0]: module 'shop_tasks' has no 'cuont'" in str(raised.value)


def test_a_span_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="ends before it has begun"):
        assert_runs("count", between=("2026-03-11", "2026-03-10"), times=[])
