"""What a task asks for and what it leaves: a shop whose tasks are plain functions.

Read from top to bottom: each test is a promise to those who write tasks.
"""

import json
import logging
import os
import sys
import uuid

import pytest
from click.testing import CliRunner

from beat_schedule import signals
from beat_schedule.cli import main

APP = """
from celery import Celery

from beat_schedule import Settings
from beat_schedule.runs.install import install
from beat_schedule.signals import after_run, before_run, run_failed
from beat_schedule.translate import load

settings = Settings.read()
app = Celery("shop", set_as_current=False)
install(app, settings, load(settings))
told = []
before_run.connect(lambda run: told.append(("before", run.entry, run.attempt, run.outcome)))
after_run.connect(lambda run: told.append(("after", run.outcome, dict(run.counts))))
run_failed.connect(lambda run: told.append(("failed", run.error)))

@before_run.connect
@after_run.connect
def break_it(run):
    raise ValueError("a receiver of the shop's own")
"""

PROVIDERS = """
from contextlib import contextmanager

from beat_schedule.runs.providers import Providers

class Till:
    open = 0

@contextmanager
def till(context):
    Till.open += 1
    try:
        yield Till()
    finally:
        Till.open -= 1

providers = Providers()
providers.provide(for_=Till, build=till)
"""

TASKS = """
from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from NAME_providers import Till

def close(till: Till, session: Session, due_at, run, context, shop="north"):
    assert till.open == 1
    session.execute(text("CREATE TABLE takings (day TEXT, shop TEXT, run TEXT)"))
    row = {"day": f"{due_at:%Y-%m-%d}", "shop": shop, "run": str(run.id)}
    session.execute(text("INSERT INTO takings VALUES (:day, :shop, :run)"), row)
    context.progress(1, 1)
    context.report(closed=1)

def count(till: Till):
    assert till.open == 1
    raise LookupError("the till is empty")

def order(catalogue): ...
"""

HOOKS = """
scheduler_events = {"daily": ["NAME_tasks.close", "NAME_tasks.count"]}
"""


@pytest.fixture
def name():
    """Modules of this test's own: Python keeps what it once imported."""
    return f"shop_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def shop(tmp_path, name, sqlite_url, monkeypatch):
    sources = {"app": APP, "providers": PROVIDERS, "tasks": TASKS, "hooks": HOOKS}
    for suffix, source in sources.items():
        (tmp_path / f"{name}_{suffix}.py").write_text(source.replace("NAME", name))
    for variable in [each for each in os.environ if each.startswith("HOOKBEAT_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HOOKBEAT_APP", f"{name}_app")
    monkeypatch.setenv("HOOKBEAT_HOOKS", f"{name}_hooks")
    monkeypatch.setenv("HOOKBEAT_PROVIDERS", f"{name}_providers:providers")
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", sqlite_url)
    monkeypatch.setattr(sys, "path", sys.path[:])
    for signal in (signals.before_run, signals.after_run, signals.run_failed):
        monkeypatch.setattr(signal, "_receivers", ())
    return tmp_path


@pytest.fixture
def hookbeat(shop):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield lambda *words: CliRunner().invoke(main, ["-C", str(shop), *words])
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def test_a_task_gets_what_it_asks_for_and_the_rest_from_its_entry(hookbeat, name):
    done = hookbeat("run", f"{name}_tasks.close", "--inline", "--at", "2026-03-10", "--json")

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["outcome"], told["counts"]) == ("succeeded", {"closed": 1})
    assert told["progress"] == {"done": 1, "total": 1}


def test_what_was_opened_for_a_run_is_closed_with_it_also_when_it_fails(hookbeat, name):
    done = hookbeat("run", f"{name}_tasks.count", "--inline")

    assert "LookupError: the till is empty" in done.output
    assert sys.modules[f"{name}_providers"].Till.open == 0


def test_what_nobody_provides_is_found_before_anything_runs(hookbeat, shop, name):
    hooks = f"scheduler_events = {{'daily': ['{name}_tasks.close', '{name}_tasks.order']}}"
    (shop / f"{name}_hooks.py").write_text(hooks)

    done = hookbeat("check")

    assert done.exit_code == 1
    assert f"{name}_hooks.py: scheduler_events['daily'][1]: nobody fills" in done.output
    assert f"the parameter 'catalogue' of {name}_tasks.order" in done.output
    assert "→ give it in 'args' or 'kwargs', or provide it (HOOKBEAT_PROVIDERS)" in done.output
    assert "1 entry, 1 problem" in done.output


def test_code_of_the_shops_own_is_told_of_runs_and_cannot_break_them(hookbeat, name):
    hookbeat("run", f"{name}_tasks.close", "--inline", "--at", "2026-03-10")
    failed = hookbeat("run", f"{name}_tasks.count", "--inline")

    assert sys.modules[f"{name}_app"].told == [
        ("before", f"{name}_tasks.close@daily", 1, None),
        ("after", "succeeded", {"closed": 1}),
        ("before", f"{name}_tasks.count@daily", 1, None),
        ("after", "failed", {}),
        ("failed", "LookupError: the till is empty"),
    ]
    assert "signal.failed" in failed.output
    assert "a receiver of the shop's own" in failed.output
