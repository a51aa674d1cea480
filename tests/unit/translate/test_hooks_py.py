"""The repository's own `hooks.py`."""

import ast
from pathlib import Path

import pytest

from beat_schedule.settings import Settings
from beat_schedule.translate import load

HOOKS = Path(__file__).parents[3] / "hooks.py"


@pytest.mark.parametrize("imports", [True, False])
def test_it_has_no_problems(imports):
    translation = load(Settings(), imports=imports, modules=[str(HOOKS)])

    assert translation.problems + translation.warnings == ()
    assert [entry.key for entry in translation.entries] == [
        "tasks.housekeeping.heartbeat@all",
        "tasks.housekeeping.remove_temporary_files@hourly",
        "tasks.library.daily@daily",
        "tasks.housekeeping.clean@daily_maintenance",
        "beat_schedule.housekeeping.check_version@daily_maintenance",
        "tasks.library.deliver@every:5m",
    ]


def test_it_is_pure_data_and_imports_nothing():
    docstring, assignment = ast.parse(HOOKS.read_text()).body

    assert isinstance(docstring, ast.Expr)
    assert isinstance(assignment, ast.Assign)
    assert ast.literal_eval(assignment.value)
