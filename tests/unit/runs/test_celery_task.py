"""A Celery task that is carried out as a run stays the task that it was."""

import sys
import threading
from types import ModuleType

import pytest
from celery import Celery, Task, signals
from celery.exceptions import Ignore, Retry
from sqlalchemy import select

from beat_schedule.entries import Entry
from beat_schedule.errors import Problem
from beat_schedule.runs.celery_task import record, task_of_function
from beat_schedule.runs.inline import carry_out_inline
from beat_schedule.runs.install import configure, install
from beat_schedule.runs.process import Process
from beat_schedule.schedules import Every
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.models import Outcome, Run, RunState, Trigger
from beat_schedule.translate import Translation
from tests.openings import an_opening

RUN = "0b1f4a5e-7a3c-4a8e-9a53-7d1f4b6e2c10"


class Own(Task):
    """Somebody's own base class."""

    def __call__(self, *args, **kwargs):
        return f"called {super().__call__(*args, **kwargs)}"


@pytest.fixture
def settings(sqlite_url):
    return Settings(database_url=sqlite_url, redis_url="redis://127.0.0.1:1/0", prefix="test:")


@pytest.fixture
def app(settings):
    app = Celery("test", set_as_current=False)
    configure(app, settings)
    app.conf.task_always_eager = True
    yield app
    app.close()


@pytest.fixture
def process(settings):
    process = Process(settings, entries=[])
    yield process
    process.release()


@pytest.fixture
def record_of(settings):
    engine = make_engine(settings.database_url.get_secret_value())

    def rows():
        with make_sessions(engine)() as session:
            return list(session.scalars(select(Run)))

    yield rows
    engine.dispose()


def test_a_plain_function_gets_its_context_and_a_record(app, process, record_of):
    def count(kind, context):
        context.report(seen=2)
        return f"{kind} of {context.entry}"

    task = task_of_function(app, "tasks.shop.count", count)
    record(task, process, count)

    assert task.delay("loans").result == "loans of tasks.shop.count"
    [row] = record_of()
    assert (row.trigger, row.outcome, row.counts) == (
        Trigger.CALL,
        Outcome.SUCCEEDED,
        {"seen": 2},
    )


def test_a_task_keeps_its_name_class_options_and_bind(app, process, record_of):
    @app.task(name="shop.close", base=Own, bind=True, rate_limit="3/m", priority=2)
    def close(self):
        return f"{self.name} {self.request.id is not None}"

    task = app.tasks["shop.close"]
    record(task, process)

    assert isinstance(task, Own)
    assert (type(task).__mro__[1].__mro__[1], task.rate_limit, task.priority) == (Own, "3/m", 2)
    assert task.delay().result == "called shop.close True"
    assert [row.outcome for row in record_of()] == [Outcome.SUCCEEDED]


def test_a_task_that_is_carried_out_where_it_is_called_shows_that_it_lives(app, process):
    def beats():
        return "hookbeat-heart" in {thread.name for thread in threading.enumerate()}

    record(task_of_function(app, "tasks.shop.beats", beats), process, beats)

    assert app.tasks["tasks.shop.beats"].apply().result is True
    assert not beats()


def test_a_task_that_is_called_as_a_function_is_no_run(app, process, record_of):
    @app.task(name="shop.add")
    def add(one, two):
        return one + two

    record(app.tasks["shop.add"], process)

    assert app.tasks["shop.add"](1, 2) == 3
    assert record_of() == []


def test_a_task_that_calls_itself_is_one_run(app, process, record_of):
    @app.task(name="shop.down", bind=True)
    def down(self, number):
        return self(number - 1) + 1 if number else 0

    record(app.tasks["shop.down"], process)

    assert app.tasks["shop.down"].delay(3).result == 3
    assert len(record_of()) == 1


def test_a_failure_reaches_celery_as_it_was(app, process, record_of):
    def fail():
        raise LookupError("nothing there")

    task = task_of_function(app, "tasks.shop.fail", fail)
    record(task, process, fail)

    result = task.apply()
    assert (result.state, str(result.result)) == ("FAILURE", "nothing there")
    assert [row.outcome for row in record_of()] == [Outcome.FAILED]


def test_an_exit_does_not_take_the_worker_with_it(app, process):
    task = task_of_function(app, "tasks.shop.leave", sys.exit)
    record(task, process, lambda: sys.exit(3))

    result = task.apply()

    assert (result.state, str(result.result)) == ("FAILURE", "the task ended with sys.exit(3)")


class Weird(BaseException):
    """No Exception, so hardly anybody catches it."""


@pytest.mark.parametrize("error", [KeyboardInterrupt(), GeneratorExit(), Weird("odd")])
def test_what_is_no_exception_does_not_take_the_worker_with_it(app, process, record_of, error):
    def end():
        raise error

    task = task_of_function(app, "tasks.shop.end", end)
    record(task, process, end)

    result = task.apply()

    assert (result.state, str(result.result)) == ("FAILURE", f"the task ended with {error!r}")
    assert [row.outcome for row in record_of()] == [Outcome.FAILED]


def test_a_retry_is_the_same_runs_next_attempt(app, process, record_of):
    @app.task(name="shop.flaky", bind=True)
    def flaky(self):
        if self.request.retries == 0:
            raise Retry("again", when=0)
        return "at last"

    task = app.tasks["shop.flaky"]
    record(task, process)
    assert task.apply(task_id=RUN).state == "RETRY"
    assert [(row.state, row.reason) for row in record_of()] == [
        (RunState.WAITING, "the task asked for a retry: again")
    ]

    assert task.apply(task_id=RUN, retries=1).result == "at last"

    assert [(row.outcome, row.attempt) for row in record_of()] == [(Outcome.SUCCEEDED, 2)]


def test_a_retry_that_does_not_throw_is_the_next_attempt_too(app, process, record_of):
    @app.task(name="shop.quiet", bind=True)
    def quiet(self):
        if self.request.retries == 0:
            self.retry(countdown=0, throw=False)
            return "asked"
        return "at last"

    task = app.tasks["shop.quiet"]
    record(task, process)

    assert task.apply(task_id=RUN).result == "at last"
    assert [(row.outcome, row.attempt) for row in record_of()] == [(Outcome.SUCCEEDED, 2)]


def test_a_retry_in_this_very_process_failed_as_nobody_will_make_it(app, process, record_of):
    @app.task(name="shop.flaky", bind=True)
    def flaky(self):
        raise self.retry(countdown=0)

    record(app.tasks["shop.flaky"], process)

    with pytest.raises(Retry):
        carry_out_inline(app, process, an_opening(task="shop.flaky"))

    assert [row.outcome for row in record_of()] == [Outcome.FAILED]


def test_a_task_that_ignores_itself_succeeded_and_nothing_follows_it(app, process, record_of):
    followed = []

    @app.task(name="shop.first")
    def first():
        raise Ignore("replaced by another")

    @app.task(name="shop.after")
    def after(result):
        followed.append(result)

    record(app.tasks["shop.first"], process)

    assert app.tasks["shop.first"].apply(link=after.s()).state == "IGNORED"
    assert [row.outcome for row in record_of()] == [Outcome.SUCCEEDED]
    assert followed == []


def test_a_message_is_given_back_while_the_database_is_unusable(app, settings, clock, tmp_path):
    nowhere = Settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}").database_url
    empty = settings.model_copy(update={"database_url": nowhere})
    process = Process(empty, entries=[], clock=clock)
    calls = []
    task = task_of_function(app, "tasks.shop.wait", calls.append)
    record(task, process, calls.append)

    result = task.apply(args=[1])

    assert (result.state, calls) == ("REJECTED", [])
    process.release()


@pytest.fixture
def shop(monkeypatch):
    module = ModuleType("shop_of_a_test")
    module.close = lambda context: context.entry
    module.close.__module__ = module.__name__
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


@pytest.mark.usefixtures("shop")
def test_install_registers_each_entry_under_its_path(settings, app, record_of):
    entry = Entry(
        key="shop_of_a_test.close@hourly",
        task="shop_of_a_test.close",
        schedule=Every("1h"),
        queue="long",
        event="hourly",
        place="hooks.py",
    )

    process = install(app, settings, Translation(entries=(entry,)))

    assert "shop_of_a_test.close" in app.tasks
    assert list(app.conf.beat_schedule) == [entry.key]
    app.tasks[entry.task].apply(headers={"periodic_task_name": entry.key})
    assert [(row.entry, row.trigger) for row in record_of()] == [(entry.key, Trigger.SCHEDULE)]
    process.release()


@pytest.mark.parametrize("start", [signals.beat_init, signals.celeryd_after_setup])
def test_what_is_wrong_with_entries_is_said_by_whatever_starts(settings, app, caplog, start):
    place = "hooks.py: scheduler_events['dayly']"
    problem = Problem(place, "unknown event", "did you mean 'daily'?")
    translation = Translation(entries=(), problems=(problem,))
    install(app, settings, translation)

    start.send(sender=app)

    assert f'entry.left_out place="{place}"' in caplog.text


def test_a_message_outlives_the_longest_run_twice(app):
    options = app.conf.broker_transport_options

    assert options["visibility_timeout"] > 2 * 1500
    assert options["global_keyprefix"] == "test:"
    assert app.conf.accept_content == ["json"]
    assert {queue.name for queue in app.conf.task_queues} == {"default", "short", "long"}
