"""Decorators of tasks, in every order, with those of others between them."""

import inspect

import pytest

from beat_schedule import cron_context, cron_require_feature, log_cron
from beat_schedule.runs.context import RunContext
from beat_schedule.runs.decorators import NoRun
from beat_schedule.runs.marks import marks_of
from beat_schedule.runs.verdict import SkippedError
from tests.unit.decorators.tasks import EVERY_ORDER, a_task, decorated, others


@pytest.mark.parametrize("order", EVERY_ORDER)
def test_in_every_order_a_run_calls_it_with_its_context_and_logs_it(order, in_run, lines):
    function, called = a_task()

    assert in_run(decorated(order, function), kind="members") == "members"

    [(app, kind)] = called
    assert isinstance(app, RunContext)
    assert kind == "members"
    assert lines() == [
        "type=cron name=synchronize status=started",
        "type=cron name=synchronize status=ended duration=0.000",
    ]


@pytest.mark.parametrize("order", EVERY_ORDER)
def test_in_every_order_a_run_without_the_feature_is_skipped_and_never_ends(order, in_run, lines):
    function, called = a_task()

    with pytest.raises(SkippedError, match="feature SYNC is off"):
        in_run(decorated(order, function), features={"SYNC": False})

    assert called == []
    assert lines() == ["type=cron name=synchronize status=skipped duration=0.000"]


@pytest.mark.parametrize("order", EVERY_ORDER)
def test_in_every_order_a_plain_call_works(order, stands, lines):
    stands(active=True)
    function, called = a_task()

    assert decorated(order, function)() == "loans"

    [(app, _)] = called
    assert isinstance(app, NoRun)
    started, ended = lines()
    assert started == "type=cron name=synchronize status=started"
    assert ended.startswith("type=cron name=synchronize status=ended duration=")


@pytest.mark.parametrize("order", EVERY_ORDER)
def test_in_every_order_a_plain_call_without_the_feature_returns_none(order, stands, lines):
    stands(active=False)
    function, called = a_task()

    assert decorated(order, function)() is None

    assert called == []
    assert lines() == ["type=cron name=synchronize status=skipped duration=0.000"]


@pytest.mark.parametrize("order", EVERY_ORDER)
def test_in_every_order_it_keeps_its_name_and_words_and_shows_what_callers_give(order):
    function, _ = a_task()

    made = decorated(order, function)

    assert (made.__name__, made.__doc__) == ("synchronize", "Index them.")
    assert str(inspect.signature(made)) == "(kind='loans')"
    assert inspect.unwrap(made) is function
    assert marks_of(made).features == ("SYNC",)


@pytest.mark.parametrize("order", EVERY_ORDER)
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_decorators_of_others_may_stand_anywhere(order, place, in_run, lines):
    function, called = a_task()
    task = decorated([*order[:place], others, *order[place:]], function)

    in_run(task)
    with pytest.raises(SkippedError):
        in_run(task, features={"SYNC": False})

    [(app, _)] = called
    assert isinstance(app, RunContext)
    assert [line.split()[2] for line in lines()] == [
        "status=started",
        "status=ended",
        "status=skipped",
    ]


@pytest.mark.parametrize(
    ("order", "is_broken"),
    [
        ([cron_require_feature("A")], False),
        ([log_cron, cron_context, cron_require_feature("A")], False),
        ([log_cron, cron_require_feature("A"), cron_require_feature("B")], False),
        ([others, cron_require_feature("A")], False),
        ([log_cron, others, cron_require_feature("A")], False),
        ([cron_require_feature("A"), log_cron], True),
        ([log_cron, cron_require_feature("A"), cron_context], True),
        ([cron_require_feature("A"), others], True),
        ([cron_require_feature("A"), log_cron, cron_require_feature("B")], True),
        ([log_cron, others, cron_require_feature("A"), log_cron], True),
    ],
)
def test_a_feature_belongs_nearest_to_the_function(order, is_broken):
    function, _ = a_task()

    assert bool(marks_of(decorated(order, function)).disorder) is is_broken
