"""The name of a declared set: another for another set, and alike in every process."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from celery.beat import BeatLazyFunc

from beat_schedule.dispatch.generation import generation_of
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.schedules import Every

APP = Celery(set_as_current=False)


def generation(**fields: Any) -> str:
    return generation_of(
        [PeriodicEntry(name="x", task="t", schedule=Every("10s"), app=APP, **fields)]
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"args": [1]}, {"args": [2]}),
        (
            {"args": [datetime(2020, 1, 1, tzinfo=UTC)]},
            {"args": [datetime(2021, 1, 1, tzinfo=UTC)]},
        ),
        ({"kwargs": {"a": timedelta(1)}}, {"kwargs": {"a": timedelta(2)}}),
        ({"kwargs": {"a": {1: "a"}}}, {"kwargs": {"a": {"1": "a"}}}),
        ({"options": {"queue": "slow"}}, {"options": {"queue": "fast"}}),
        ({"args": ["a"]}, {"kwargs": {"a": ""}}),
    ],
)
def test_whatever_differs_is_another_set(one: dict[str, Any], other: dict[str, Any]):
    assert generation(**one) != generation(**other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"kwargs": {"a": {1: "a", "b": 2}}}, {"kwargs": {"a": {"b": 2, 1: "a"}}}),
        ({"args": [{"a", "b", "c"}]}, {"args": [{"c", "b", "a"}]}),
        ({"args": (1, 2)}, {"args": [1, 2]}),
        ({"args": [object()]}, {"args": [object()]}),
        ({"args": [BeatLazyFunc(max)]}, {"args": [BeatLazyFunc(max)]}),
    ],
)
def test_neither_order_nor_a_place_in_memory_makes_another_set(
    one: dict[str, Any], other: dict[str, Any]
):
    assert generation(**one) == generation(**other)


def test_the_order_of_entries_makes_no_other_set():
    entries = [PeriodicEntry(name=key, task="t", schedule=Every("10s"), app=APP) for key in "ab"]

    assert generation_of(entries) == generation_of(reversed(entries))
