"""Each decorator of tasks by itself: whose context, which line, what is left out."""

import uuid
from datetime import timedelta

import pytest

from beat_schedule import cron_context, cron_require_feature, cron_required, log_cron
from beat_schedule.errors import StoreError
from beat_schedule.runs.context import RunContext
from beat_schedule.runs.decorators import tell_skipped
from beat_schedule.runs.verdict import SkippedError
from tests.unit.decorators.tasks import EVERY_ORDER, a_task, decorated


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
