"""The hooks of a project as items of its tests: each problem fails, with place, reason and cure."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from beat_schedule.errors import HookbeatError, Problem, ProblemsError
from beat_schedule.settings import Settings
from beat_schedule.translate import load


class _WrongError(Exception):
    """Carries a problem to its report."""


class HooksItem(pytest.Item):
    """A problem in the hooks; that there is none, where it has none."""

    problem: Problem | None = None

    @classmethod
    def of(cls, session: pytest.Session, name: str, problem: Problem | None) -> "HooksItem":
        item: HooksItem = cls.from_parent(session, name=name, nodeid=f"hooks::{name}")
        item.problem = problem
        return item

    def runtest(self) -> None:
        if self.problem:
            raise _WrongError

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: object) -> str:
        """The problem as `hookbeat check` tells it: the traceback would be ours."""
        if self.problem is None or not isinstance(excinfo.value, _WrongError):
            return str(super().repr_failure(excinfo))
        said = f"{self.problem.place}: {self.problem.reason}"
        return f"{said}\n  → {self.problem.cure}" if self.problem.cure else said

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.config.rootpath, None, f"hooks: {self.name}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """First of all, so that `-k` and others may choose; not where somebody names single tests."""
    if not any("::" in each for each in config.args):
        items.extend(_items(session, _problems(config.rootpath)))


def _items(session: pytest.Session, problems: Iterable[Problem]) -> Iterator[HooksItem]:
    found: dict[str, Problem | None] = {}
    for problem in problems:
        same = sum(name.partition(" #")[0] == problem.place for name in found)
        found[f"{problem.place} #{same + 1}" if same else problem.place] = problem
    for name, each in (found or {"no problems": None}).items():
        yield HooksItem.of(session, name, each)


def _problems(project: Path) -> Iterable[Problem]:
    if str(project) not in sys.path:
        # As `celery -A` and `hookbeat` do; tasks may import later.
        sys.path.insert(0, str(project))
    try:
        return load(Settings.read(project=project)).problems
    except ProblemsError as error:
        return error.problems
    except HookbeatError as error:
        return [Problem("the project", str(error))]
