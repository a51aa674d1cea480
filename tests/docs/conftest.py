"""The wheel, and a venv that has it without the sources."""

import sys
import sysconfig
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, run


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wheel")
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(made)]
    run(sys.executable, *build, str(ROOT), cwd=made)
    [path] = made.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """A venv that has the wheel and what it needs, but none of the sources."""
    venv = tmp_path_factory.mktemp("guest")
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv)
    target = ["--python", str(venv / "bin/python"), "install", "--quiet", "--no-deps"]
    run(sys.executable, "-m", "pip", *target, str(wheel), cwd=venv)
    # A path from a .pth file is searched, but its own .pth files (this checkout's) are not read.
    [packages] = venv.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return venv
