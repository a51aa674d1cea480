"""Decorators of tasks: on plain calls, in runs, in every order."""

import enum
import functools
import inspect
import itertools
import logging
import os
import uuid
from datetime import timedelta

import pytest

from beat_schedule import (
    cron_context,
    cron_require_feature,
    cron_required,
    log_cron,
    logs,
)
from beat_schedule.errors import StoreError
from beat_schedule.features import Features, Toggle
from beat_schedule.runs.context import RunContext
from beat_schedule.runs.current import carried_out
from beat_schedule.runs.decorators import NoRun, tell_skipped
from beat_schedule.runs.marks import marks_of
from beat_schedule.runs.verdict import SkippedError
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.features import sync
from beat_schedule.testing import ManualClock
from beat_schedule.translate import bound_arguments
from tests.openings import NOON


class FeatureToggle(enum.Enum):
    SYNC = "Index what has changed"


@pytest.fixture
def context(clock: ManualClock):
    """A function that gives a run's context."""

    def context(**features):
        return RunContext(
            run_id=uuid.uuid4(),
            entry="tasks.shop.close@daily",
            due_at=NOON,
            attempt=1,
            session=None,
            settings=Settings(),
            clock=clock,
            log=logs.logger("hookbeat.task.close"),
            mailer=None,
            features=Features(features),
        )

    return context


@pytest.fixture
def in_run(context):
    """Call a function as its run does."""

    def in_run(function, *args, features=None, **kwargs):
        surroundings = context(**(features or {"SYNC": True}))
        bound = bound_arguments(function, args, kwargs, surroundings)
        with carried_out(surroundings, function):
            return function(*bound.args, **bound.kwargs)

    return in_run


@pytest.fixture
def lines(caplog):
    """The standard lines so far."""
    caplog.set_level(logging.INFO, logger="hookbeat.cron")
    return lambda: [
        record.getMessage() for record in caplog.records if record.name == "hookbeat.cron"
    ]


@pytest.fixture
def stands(sqlite_url, monkeypatch):
    """Let a database say whether the feature is on, for plain calls."""

    def stands(*, active):
        for name in [name for name in os.environ if name.startswith("HOOKBEAT_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("HOOKBEAT_DATABASE_URL", sqlite_url)
        engine = make_engine(sqlite_url)
        with make_sessions(engine).begin() as session:
            sync(session, [Toggle("SYNC", "Index", active=active)], NOON)
        engine.dispose()

    return stands


def decorated(order, function):
    """The function under these decorators, the first of them outermost."""
    for decorator in reversed(order):
        function = decorator(function)
    return function


EVERY_ORDER = list(
    itertools.permutations([cron_context, log_cron, cron_require_feature(FeatureToggle.SYNC)])
)


def a_task():
    """A task of the kind that the seed has, and what it was called with."""
    called = []

    def synchronize(app, kind="loans"):
        """Index them."""
        called.append((app, kind))
        return kind

    return synchronize, called


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


def test_each_decorator_works_alone(in_run, lines):
    function, called = a_task()

    in_run(cron_context(function), "members")
    in_run(log_cron(function), "app", "kind")
    in_run(cron_require_feature("SYNC")(function), "another app")

    assert [kind for _, kind in called] == ["members", "kind", "loans"]
    assert len(lines()) == 2


def test_the_alias_of_the_seed_is_the_same():
    assert cron_required is cron_context


def test_a_context_may_be_given_by_who_calls(context, in_run):
    function, called = a_task()
    task, mine = cron_context(function), context()

    task(mine)
    task(app=mine)
    task("a stand-in", "members")
    in_run(lambda: task(mine))

    assert [app for app, _ in called] == [mine, mine, "a stand-in", mine]


def test_a_plain_call_within_a_run_gets_the_context_of_that_run(in_run):
    function, called = a_task()
    inner = cron_context(function)

    def outer(context):
        inner()
        return context

    surroundings = in_run(outer)

    assert called == [(surroundings, "loans")]


def test_outside_of_a_run_the_context_can_only_say_that_there_is_none():
    @cron_context
    def task(context):
        return context.session

    with pytest.raises(AttributeError, match=r"no context.session: this call is part of no run"):
        task()


def test_a_function_without_an_argument_has_no_room_for_a_context():
    with pytest.raises(TypeError, match="close takes no argument"):

        @cron_context
        def close(): ...


def test_a_function_of_any_arguments_gets_it_first(in_run):
    @cron_context
    def task(*args):
        return args

    first, second = in_run(task, "members")

    assert isinstance(first, RunContext)
    assert second == "members"


def test_a_failure_is_logged_as_one_with_how_long_it_took(in_run, lines, clock):
    @log_cron
    def close():
        clock.advance(timedelta(seconds=90))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_run(close)

    assert lines()[1] == "type=cron name=close status=failed duration=90.000"


def test_a_task_that_skips_itself_is_logged_as_skipped(in_run, lines):
    @log_cron
    def close():
        reason = "nothing to close"
        raise SkippedError(reason)

    with pytest.raises(SkippedError):
        in_run(close)

    assert lines()[1] == "type=cron name=close status=skipped duration=0.000"


def test_a_part_of_a_run_that_is_switched_off_is_left_out_and_the_run_goes_on(in_run, lines):
    function, called = a_task()
    part = decorated([log_cron, cron_require_feature("SYNC"), cron_context], function)

    def task():
        return part(), "the rest"

    assert in_run(task, features={"SYNC": False}) == (None, "the rest")
    assert called == []
    assert lines() == ["type=cron name=synchronize status=skipped duration=0.000"]


def test_every_feature_of_several_is_required(in_run):
    function, called = a_task()
    task = decorated(
        [cron_require_feature("ALL"), cron_context, cron_require_feature("SYNC")], function
    )

    with pytest.raises(SkippedError, match="feature ALL is off"):
        in_run(task, features={"ALL": False, "SYNC": True})
    with pytest.raises(SkippedError, match="feature SYNC is off"):
        in_run(task, features={"ALL": True, "SYNC": False})
    in_run(task, features={"ALL": True, "SYNC": True})

    assert len(called) == 1


def test_what_is_unknown_is_skipped_with_the_reason(in_run):
    function, _ = a_task()

    with pytest.raises(SkippedError, match="feature SYNC is unknown"):
        in_run(decorated(EVERY_ORDER[0], function), features={"OTHER": True})


def test_a_plain_call_whose_database_cannot_be_asked_does_not_go_through(
    tmp_path, monkeypatch, stands
):
    stands(active=True)
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    function, called = a_task()

    with pytest.raises(StoreError, match="run `hookbeat migrate`"):
        decorated(EVERY_ORDER[0], function)()

    assert called == []


def others(function):
    """Somebody else's decorator."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


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


def test_what_a_call_would_not_run_is_refused():
    async def pull(): ...

    def count():
        yield

    for function in (pull, count):
        with pytest.raises(TypeError, match="async or a generator"):
            log_cron(function)


def test_what_a_guard_kept_from_starting_has_its_standard_line(lines, tmp_path, monkeypatch):
    name = f"tasks_{uuid.uuid4().hex[:8]}"
    (tmp_path / f"{name}.py").write_text(
        "from beat_schedule import log_cron\n@log_cron\ndef told(): ...\ndef untold(): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    for task in ("told", "untold", "missing"):
        tell_skipped(f"{name}.{task}")

    assert lines() == ["type=cron name=told status=skipped duration=0.000"]
