"""The user's own modules: which they are, and how they are imported anew."""

import sys
from importlib import import_module

import pytest

from beat_schedule.project import Modules, being_imported


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A project with a package and a module beside it, imported."""
    for name, text in {
        "house_hooks.py": "import house_tasks.daily\nNUMBER = 1\n",
        "house_tasks/__init__.py": "",
        "house_tasks/daily.py": "NUMBER = 1\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    import_module("house_hooks")
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_what_stands_where_a_named_module_does_is_the_users_own(house):
    modules = Modules(["house_hooks"])

    assert set(modules.loaded()) == {"house_hooks", "house_tasks", "house_tasks.daily"}
    assert modules.folders() == {house, house / "house_tasks", house / "house_tasks/*"}


def test_what_is_installed_and_what_is_nowhere_is_nobodys_own():
    assert Modules(["celery", "json", "beat_schedule.clock", "no_such_module"]).loaded() == {}


@pytest.mark.usefixtures("house")
def test_who_keeps_a_module_keeps_its_packages():
    modules = Modules(["house_hooks"], kept={"house_tasks.daily"})

    assert set(modules.renewable()) == {"house_hooks"}


def test_inside_everything_is_imported_anew(house):
    (house / "house_tasks/daily.py").write_text("NUMBER = 1000\n")

    with Modules(["house_hooks"]).renewed() as before:
        daily = import_module("house_tasks.daily")

    assert daily.NUMBER == 1000
    assert before["house_tasks.daily"].NUMBER == 1
    assert sys.modules["house_tasks"].daily is daily


def test_after_an_error_everything_is_as_it_was(house):
    before = dict(sys.modules)
    (house / "house_tasks/broken.py").write_text("raise ValueError('no')\n")

    def import_all():
        with Modules(["house_hooks"], {"house_tasks"}).renewed():
            import_module("house_hooks")
            import_module("house_tasks.broken")

    with pytest.raises(ValueError, match="no"):
        import_all()

    assert {name: each for name, each in sys.modules.items() if name in before} == before
    assert "house_tasks.broken" not in sys.modules
    assert sys.modules["house_tasks"].daily is before["house_tasks.daily"]


def test_the_folder_of_the_project_may_have_left_the_path_by_then(house, monkeypatch):
    modules = Modules(["house_hooks"])
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each != str(house)])

    with modules.renewed():
        import_module("house_hooks")

    assert str(house) not in sys.path


def test_whoever_is_being_imported_is_found_up_the_stack():
    assert {__name__, "beat_schedule.project.modules"} <= being_imported()
