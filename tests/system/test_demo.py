"""The demo, as a newcomer starts it: notices arrive, and nothing is left running."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.installation import ROOT
from tests.typed import examples_in

LAST_LINE = re.compile(r"overdue notices: sent (\d+), no address (\d+), failed (\d+)")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """This house's own files in a folder of their own, so that no real state is touched."""
    for name in ("hooks.py", "Procfile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for room in ("tasks", "worker"):
        shutil.copytree(ROOT / room, tmp_path / room)
    return tmp_path


def processes_of(folder: Path) -> list[str]:
    """Command lines of whatever still runs in `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def demo(*options: str, folder: Path) -> "subprocess.Popen[str]":
    command = [str(Path(sys.executable).parent / "hookbeat"), "demo", *options]
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # What the shell says of a real installation must not reach a demo.
        env=os.environ | {"HOOKBEAT_MAIL_DRY_RUN": "true"},
    )


def test_the_demo_delivers_the_overdue_notices_and_leaves_nothing_running(house):
    help_text, _ = demo("--help", folder=house).communicate(timeout=60)
    [example] = examples_in(help_text)
    running = demo(*example.split()[2:], folder=house)
    output, _ = running.communicate(timeout=180)

    last = LAST_LINE.fullmatch(output.strip().splitlines()[-1])
    assert running.returncode == 0, output
    assert last, output
    sent, no_address, failed = map(int, last.groups())
    assert sent == len(list((house / ".hookbeat/demo/mail").glob("*.eml"))) > 0
    assert no_address > 0
    assert failed == 0
    assert "Following Items are Overdue" in output
    assert processes_of(house) == []


def test_a_demo_is_alone_in_its_folder_and_interrupted_leaves_nothing_running(house, wait_until):
    running = demo("--once", folder=house)
    wait_until(lambda: any("worker beat" in line for line in processes_of(house)), within=60)

    second = demo("--once", folder=house)
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "a demo already runs" in said

    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)

    assert running.returncode == 130
    assert processes_of(house) == []
