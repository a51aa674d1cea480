"""README's walk `Add a handler`, done as README says it, in a copy of the repository."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.docs.pages import code_blocks, name, page, run, section, tracked

WALK = section(page("README.md"), "## Add a handler")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for path in tracked():
        target = tmp_path / name(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return tmp_path


def follow(command: str, folder: Path) -> str:
    inherited = {key: told for key, told in os.environ.items() if not key.startswith("HOOKBEAT_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return run("sh", "-c", command, cwd=folder, environ=inherited | {"PATH": path})


def test_a_newcomer_adds_a_handler_as_readme_says_and_sees_it_run(clone: Path):
    function, line = code_blocks(WALK, "python")
    [console] = code_blocks(WALK, "console")
    first, _, _ = function.partition("\n")
    (clone / first.removeprefix("# ")).write_text(function)
    hooks = (clone / "hooks.py").read_text()
    (clone / "hooks.py").write_text(
        hooks.replace("scheduler_events = {\n", f"scheduler_events = {{\n{line}")
    )

    commands = [line.removeprefix("$ ") for line in console.splitlines()]
    told = {command: follow(command, clone) for command in commands}

    assert "succeeded" in told["hookbeat runs"]
    assert "tasks.greetings.hello" in told["hookbeat runs"]
