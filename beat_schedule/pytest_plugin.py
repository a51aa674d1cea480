"""What pytest loads wherever this package is installed: two words, and nothing done without them.

With `hookbeat_check = true` in its ini file, or `--hookbeat-check`, a project's hooks are checked
among its tests.
"""

from typing import Any

#: Imported only by a project that asks for it: it needs our settings, Celery and its tasks.
CHECKER = "beat_schedule.testing.hooks_checked"

_HELP = "check the hooks of this project as `hookbeat check` does, each problem a failing test"


def pytest_addoption(parser: Any) -> None:
    """The flag, and its word in the ini file."""
    parser.getgroup("hookbeat").addoption("--hookbeat-check", action="store_true", help=_HELP)
    parser.addini("hookbeat_check", _HELP, type="bool", default=False)


def pytest_configure(config: Any) -> None:
    """Have the hooks checked if anybody asks for it."""
    if config.getoption("--hookbeat-check") or config.getini("hookbeat_check"):
        config.pluginmanager.import_plugin(CHECKER)
