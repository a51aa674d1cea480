"""Handlers that are looked up: what cannot run is a problem before it is ever sent."""

import sys
import textwrap

import pytest

HANDLERS = """
import asyncio
import functools
from celery import Celery, shared_task

app = Celery("guest", set_as_current=False)

number = 7

def plain(): ...
def with_context(context): ...
def with_kind(context, kind): ...
def misspelt(sesion, catalogue): ...
def asks(shelf, books: "Books", mailer, session): ...
async def waits(): ...
def yields():
    yield
async def streams():
    yield
class Task: ...
class Callable:
    def __call__(self): ...
class Waiting:
    async def __call__(self): ...
instance = Callable()
waiting = Waiting()
partial = functools.partial(with_kind, kind="loans")

@shared_task
def shared(kind): ...
@app.task
def task(kind): ...
@app.task(bind=True)
def bound(self, kind): ...
@app.task(name="guest.renamed")
def renamed(): ...
@app.task(queue="reports")
def queued(): ...
@app.task(typing=False)
def untyped(kind): ...
"""

HOUSE = """
from beat_schedule.runs.providers import Providers

class Books: ...

providers = Providers()
providers.provide(for_="shelf", build=str)
providers.provide(for_=Books, build=str)
providers.provide(for_="mailer", build=str)
"""

RUNS = [
    {"task": "guest_tasks.plain"},
    {"task": "guest_tasks.with_context"},
    {"task": "guest_tasks.with_kind", "args": ["loans"]},
    {"task": "guest_tasks.with_kind", "kwargs": {"kind": "loans"}},
    {"task": "guest_tasks.instance"},
    {"task": "guest_tasks.partial"},
    {"task": "guest_tasks.task", "args": ["loans"]},
    {"task": "guest_tasks.shared", "args": ["loans"]},
    {"task": "guest_tasks.bound", "kwargs": {"kind": "loans"}},
    {"task": "guest_tasks.untyped"},
    {"task": "time.time"},
]

FITS_NOT = "(give each in 'args' or 'kwargs')"
NOBODY = (
    "(give it in 'args' or 'kwargs', or provide it (HOOKBEAT_PROVIDERS); a run fills "
    "clock, context, due_at, features, http, log, logger, run, session, settings)"
)

CANNOT_RUN = [
    ("no_such_room.run", "no module named 'no_such_room'"),
    ("guest_task.plain", "no module named 'guest_task' (did you mean 'guest_tasks'?)"),
    (
        "guest_tasks.plane",
        "module 'guest_tasks' has no 'plane' (did you mean 'guest_tasks.plain'?)",
    ),
    ("json.decodr.run", "no module named 'json.decodr' (did you mean 'json.decoder'?)"),
    (
        "json.elsewhere.run",
        (
            "no module named 'json.elsewhere' "
            "('json' has the modules decoder, encoder, scanner, tool)"
        ),
    ),
    (
        # A submodule that nobody has imported is no attribute of its package.
        "xml.etree",
        "xml.etree is a module (name a function in it: 'xml.etree.function')",
    ),
    ("guest_tasks.number", "guest_tasks.number is no function: its type is int"),
    ("json.decoder", "json.decoder is a module (name a function in it: 'json.decoder.function')"),
    (
        "guest_tasks.Task",
        (
            "guest_tasks.Task is a class: a run calls functions "
            "(name a function, or derive it from beat_schedule.Task)"
        ),
    ),
    ("guest_tasks.waits", "guest_tasks.waits is an async function: nobody would await it"),
    ("guest_tasks.waiting", "guest_tasks.waiting is an async function: nobody would await it"),
    ("guest_tasks.yields", "guest_tasks.yields is a generator: a call would not run its body"),
    ("guest_tasks.streams", "guest_tasks.streams is a generator: a call would not run its body"),
    (
        "guest_tasks.with_kind",
        f"nobody fills the parameter 'kind' of guest_tasks.with_kind {NOBODY}",
    ),
    (
        "guest_tasks.bound",
        (
            f"guest_tasks.bound does not take these arguments: "
            f"missing a required argument: 'kind' {FITS_NOT}"
        ),
    ),
    (
        "guest_broken.run",
        (
            "importing 'guest_broken' raised ZeroDivisionError: division by zero "
            "(guest_broken.py line 2)"
        ),
    ),
    (
        "guest_leaves.run",
        "importing 'guest_leaves' raised SystemExit: 3 (guest_leaves.py line 2)",
    ),
    (
        "guest_needs.run",
        (
            "importing 'guest_needs' raised ModuleNotFoundError: "
            "No module named 'no_such_room' (guest_needs.py line 1)"
        ),
    ),
    ("guest_unread.run", "importing 'guest_unread' raised SyntaxError: "),
]


@pytest.fixture(autouse=True)
def guest(tmp_path, monkeypatch):
    modules = {
        "guest_tasks": "from guest_house import Books\n" + HANDLERS,
        "guest_house": HOUSE,
        "guest_broken": "import os\n1 / 0\n",
        "guest_leaves": "import sys\nsys.exit(3)\n",
        "guest_needs": "import no_such_room\n",
        "guest_unread": "def run(:\n",
    }
    for name, text in modules.items():
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in modules:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("handler", RUNS)
def test_what_can_be_called_with_its_arguments_is_an_entry(translated, handler):
    translation = translated({"daily": [handler]}, imports=True)

    assert [str(problem) for problem in translation.problems] == []
    assert [entry.task.partition(".")[0] for entry in translation.entries] == [
        handler["task"].partition(".")[0]
    ]


@pytest.mark.parametrize(("path", "said"), CANNOT_RUN)
def test_what_cannot_run_is_told_with_the_reason(complaints, path, said):
    [line] = complaints({"daily": [path]}, imports=True)

    assert line.startswith(f"hooks.py: scheduler_events['daily'][0]: {said}")


def test_a_parameter_that_is_nearly_what_a_run_fills_is_told_with_its_name(complaints):
    [line] = complaints({"daily": ["guest_tasks.misspelt"]}, imports=True)

    assert "nobody fills the parameters 'sesion' and 'catalogue' of guest_tasks.misspelt" in line
    assert "did you mean 'session'? give it in 'args'" in line


def test_arguments_that_meet_what_the_run_fills_are_told_with_what_that_is(complaints):
    handler = {"task": "guest_tasks.with_kind", "args": ["loans", "fines"]}

    [line] = complaints({"daily": [handler]}, imports=True)

    assert line.endswith(
        "too many positional arguments "
        "(give each in 'args' or 'kwargs'; the run fills context if 'kwargs' does not)"
    )


def test_what_the_project_provides_is_filled(translated, complaints):
    named = {"imports": True, "providers": "guest_house:providers"}

    assert translated({"daily": ["guest_tasks.asks"]}, **named).problems == ()
    [line] = complaints({"daily": ["guest_tasks.asks"]}, imports=True)
    assert (
        "nobody fills the parameters 'shelf' and 'books' and 'mailer' of guest_tasks.asks" in line
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("guest_hous:providers", "no module named 'guest_hous' (did you mean 'guest_house'?)"),
        (
            "guest_house:provider",
            "module 'guest_house' has no 'provider' (did you mean 'guest_house:providers'?)",
        ),
        ("guest_house:Books", "guest_house:Books is no Providers (write `providers = Providers()`"),
    ],
)
def test_providers_that_are_not_there_are_told_once(complaints, name, said):
    said_of = complaints({"daily": ["guest_tasks.plain"]}, imports=True, providers=name)

    assert len(said_of) == 1
    assert said_of[0].startswith(f"HOOKBEAT_PROVIDERS: {said}")


def test_without_imports_no_provider_is_looked_up(translated):
    hooks = {"daily": ["guest_tasks.asks"]}

    assert translated(hooks, providers="no_such_room:providers").problems == ()


def test_arguments_too_many_are_told(complaints):
    [line] = complaints({"daily": [{"task": "guest_tasks.plain", "args": [1]}]}, imports=True)

    assert "too many positional arguments" in line


def test_a_wrong_option_and_a_missing_function_are_both_told(complaints):
    said = complaints({"daily": [{"task": "guest_tasks.plane", "priority": 12}]}, imports=True)

    assert len(said) == 2


def test_a_celery_task_runs_under_its_own_name_and_in_its_own_queue(translated):
    events = {"daily": ["guest_tasks.renamed", "guest_tasks.queued"]}

    renamed, queued = translated(events, imports=True, queues={"reports": 600}).entries

    assert (renamed.key, renamed.task) == ("guest_tasks.renamed@daily", "guest.renamed")
    assert (renamed.queue, queued.queue) == ("default", "reports")


def test_a_celery_task_in_a_queue_that_nobody_declared_is_a_problem(complaints):
    [line] = complaints({"daily": ["guest_tasks.queued"]}, imports=True)

    assert line.endswith(
        "is a Celery task with the queue 'reports', which is not declared "
        "(HOOKBEAT_QUEUES=reports=300 declares it)"
    )


def test_without_imports_no_handler_is_looked_up(translated):
    assert translated({"daily": ["guest_broken.run"]}, imports=False).problems == ()
