import zipfile
from pathlib import Path

import pytest

from beat_schedule import __version__
from tests.docs.pages import modules, name, run, tracked


@pytest.fixture(autouse=True)
def _nothing_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python looks at these folders before it looks at what is installed."""
    monkeypatch.delenv("PYTHONPATH", raising=False)


def test_the_wheel_ships_the_package_alone_and_all_of_it(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        shipped = {entry for entry in archive.namelist() if ".dist-info/" not in entry}

    assert shipped == {name(path) for path in tracked() if name(path).startswith("beat_schedule/")}
    assert "beat_schedule/py.typed" in shipped
    assert any(entry.endswith(".lua") for entry in shipped)
    assert any("migrations/versions/" in entry for entry in shipped)


def test_an_installed_wheel_answers_without_the_sources(guest: Path):
    told = run(guest / "bin/hookbeat", "--version", cwd=guest)

    assert __version__ in told


def test_the_command_knows_the_commands_of_the_folder_that_it_is_called_in(
    guest: Path, tmp_path: Path
):
    (tmp_path / "pyproject.toml").write_text('[tool.hookbeat]\ncommands = ["proj.extra"]\n')
    (tmp_path / "proj").mkdir()
    (tmp_path / "proj/extra.py").write_text("import click\n\ncommands = [click.Command('greet')]\n")

    told = run(guest / "bin/hookbeat", "--help", cwd=tmp_path)

    assert "greet" in told


def test_every_module_of_an_installed_wheel_can_be_imported(guest: Path):
    dotted = [
        name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in modules()
        if name(path).startswith("beat_schedule/") and "migrations/" not in name(path)
    ]

    told = run(
        guest / "bin/python",
        "-c",
        f"import importlib; ms = [importlib.import_module(m) for m in {dotted!r}]; "
        "print(*{m.__file__ for m in ms}, sep='\\n')",
        cwd=guest,
    )

    assert all(line.startswith(str(guest)) for line in told.splitlines())


def test_celery_finds_the_scheduler_by_its_name(guest: Path):
    told = run(
        guest / "bin/python",
        "-c",
        "from celery.utils.imports import load_extension_class_names as names;"
        "print(dict(names('celery.beat_schedulers'))['hookbeat'])",
        cwd=guest,
    )

    assert told.strip() == "beat_schedule.scheduler:Scheduler"


def test_pytest_finds_the_check_of_the_hooks_and_leaves_it_off(guest: Path, tmp_path: Path):
    (tmp_path / "hooks.py").write_text("scheduler_events = {}\n")
    (tmp_path / "test_sums.py").write_text("def test_one_and_one(): assert 1 + 1 == 2\n")
    tried = guest / "bin/python", "-m", "pytest", "-W", "error"

    off = run(*tried, cwd=tmp_path)
    on = run(*tried, "--hookbeat-check", cwd=tmp_path)

    assert "1 passed" in off
    assert "2 passed" in on
