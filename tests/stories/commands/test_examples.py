"""Every command shows in its help how it is used, and what it shows runs as it stands."""

import shlex
import signal
import sys
from itertools import chain

import click
import pytest
from click.testing import CliRunner

from beat_schedule.cli import main
from tests.desk import PREFIX
from tests.project import a_project
from tests.redis.operator.conftest import leader, sessions, well, workers
from tests.stories.commands import house
from tests.typed import COMMANDS, shown_examples

__all__ = ["leader", "sessions", "well", "workers"]

#: Tried where everything that it starts is looked after: tests/system/test_demo.py.
ELSEWHERE = {"hookbeat demo"}

#: A group shows those of its commands.
EXAMPLES = {
    called: shown_examples(called)
    for called, command in COMMANDS.items()
    if called not in ELSEWHERE and not isinstance(command, click.Group)
}

#: These go on until they are interrupted; with what lets several do so on one machine.
ENDLESS = {
    "hookbeat doctor --watch": "",
    "hookbeat metrics --address 0.0.0.0": " --port 0",
}

#: These look for what somebody should see to, and exit with 1 where they find it.
FINDERS = {f"hookbeat {name}" for name in ("doctor", "simulate", "status", "why")} | {
    "hookbeat health beat",
    "hookbeat health worker",
}

#: What was typed before, that there is something to be done.
BEFORE = {
    "entry remove": 'entry add evening-notices --task tasks.library.deliver --every 1d --why "new"',
    "entry reset": "entry set tasks.library.daily@daily --queue long --why busy",
    "maintenance off": "maintenance on --why release",
    "resume": "pause tasks.library.daily",
    "scheduler enable": "scheduler disable",
    "scheduler resume": "scheduler pause",
}


@pytest.fixture
def library(tmp_path, sqlite_url, redis_url, redis_client, monkeypatch):  # noqa: ARG001 -- empties it
    """Everything that the examples name, with an empty Redis."""
    for name in [name for name in sys.modules if name.partition(".")[0] in house.ROOMS]:
        monkeypatch.delitem(sys.modules, name)
    folder = tmp_path / "library"
    folder.mkdir()
    stores = {"database_url": sqlite_url, "redis_url": redis_url, "prefix": PREFIX}
    features = {"features": "tasks.features:FeatureToggle"}
    with a_project(folder, monkeypatch, **features, **stores) as project:
        house.furnish(project)
        yield project


@pytest.fixture
def worker(library, tmp_path):
    """One that carries out what is sent."""
    said = tmp_path / "worker.log"
    process = house.start(library, house.WORKER, said)
    yield
    process.terminate()
    assert process.wait(timeout=30) == 0, said.read_text()


@pytest.fixture
def prepare(library, request, sessions, tmp_path, monkeypatch):
    """Let it be as somebody finds it who types this."""

    def prepare(called):
        match called.removeprefix("hookbeat "):
            case "plan":
                house.commit(library)
            case "init":
                (tmp_path / "empty/shop").mkdir(parents=True)
                monkeypatch.chdir(tmp_path / "empty")
            case "cancel":
                house.wait(sessions)
            case "run":
                request.getfixturevalue("worker")
            case _:
                house.fail(sessions)
        if called != "hookbeat run-due":
            # It makes a pass where no beat does.
            request.getfixturevalue("well")

    return prepare


@pytest.mark.parametrize("called", ["hookbeat", *COMMANDS])
def test_every_command_shows_one_and_it_is_of_that_command(called):
    shown = shown_examples(called)

    assert shown
    if called != "hookbeat":
        words = called.removeprefix("hookbeat")
        assert [line for line in shown if f"{words} " not in f"{line} "] == []


@pytest.mark.parametrize("called", EXAMPLES)
def test_each_runs(library, prepare, called):
    prepare(called)

    for line in EXAMPLES[called]:
        if line in ENDLESS:
            continue
        if before := BEFORE.get(called.removeprefix("hookbeat ")):
            library.done(*shlex.split(before))
        library.forget()
        done = CliRunner().invoke(main, shlex.split(line)[1:])

        assert done.exit_code in ({0, 1} if called in FINDERS else {0}), f"{line}: {done.output}"
        assert done.exception is None or isinstance(done.exception, SystemExit), line
        assert "Error" not in done.stderr, line
        assert done.output, line


@pytest.mark.parametrize("line", ENDLESS)
def test_each_that_goes_on_runs_until_it_is_interrupted(library, line, tmp_path, wait_until):
    assert line in chain.from_iterable(EXAMPLES.values())
    said = tmp_path / "said"

    words = shlex.split(line + ENDLESS[line])[1:]
    process = house.start(library, [*house.HOOKBEAT, *words], said)
    try:
        wait_until(said.read_text, within=60)
        assert process.poll() is None, said.read_text()
    finally:
        process.send_signal(signal.SIGINT)

    assert process.wait(timeout=20) == 0, said.read_text()
    assert "Traceback" not in said.read_text()
