"""What clock modules say: each `scheduler.add_job`, kept as it stands until it is judged."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType, ModuleType
from typing import Any, TypeVar

from .arguments import CONTEXT

Function = TypeVar("Function", bound=Callable[..., Any])

#: The global of a clock module that keeps what it said, so that both go together.
_JOBS = "__hookbeat_jobs__"

#: Given as an argument to add_job: the run puts its context there.
app: Any = CONTEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One call of add_job, not yet judged."""

    line: int
    func: Any
    trigger: Any
    args: Any
    kwargs: Any
    id: Any
    name: Any
    #: The fields of the trigger and all other options.
    said: Mapping[str, Any]


@dataclass(slots=True)
class _Jobs:
    """What one execution of a module said: its spec is another one when it is executed again."""

    spec: Any
    jobs: list[Job] = field(default_factory=list)


class ClockScheduler:
    """Takes jobs as APScheduler's schedulers do. Nothing is judged here, and nothing runs here."""

    def add_job(  # noqa: PLR0917 -- APScheduler's own order
        self,
        func: Any,
        trigger: Any = None,
        args: Any = None,
        kwargs: Any = None,
        id: Any = None,  # noqa: A002 -- APScheduler's own name for it
        name: Any = None,
        **said: Any,
    ) -> None:
        """Let `func` run whenever the trigger says: `cron`, `interval` or `date`, and its fields.

        `id` names the entry, `name` describes it; without an id its key is `path@clock`. Takes
        APScheduler's options and those of an entry in hooks. What is wrong with it is found when
        the clocks are read, and told with its line.
        """
        take = _taking(
            _caller(), trigger=trigger, args=args, kwargs=kwargs, id=id, name=name, said=said
        )
        take(func)

    def scheduled_job(
        self,
        trigger: Any,
        args: Any = None,
        kwargs: Any = None,
        id: Any = None,  # noqa: A002 -- APScheduler's own name for it
        name: Any = None,
        **said: Any,
    ) -> Callable[[Function], Function]:
        """`add_job` as a decorator, the outermost one of a function in a clock module."""
        return _taking(
            _caller(), trigger=trigger, args=args, kwargs=kwargs, id=id, name=name, said=said
        )

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"the scheduler of clocks has no {name!r}: modules say add_job or scheduled_job, and a "
            "beat sends what is due (celery -A APP beat)"
        )


scheduler = ClockScheduler()


def jobs_of(module: ModuleType) -> Sequence[Job]:
    """What the module said when it was executed last."""
    said = vars(module).get(_JOBS)
    return tuple(said.jobs) if isinstance(said, _Jobs) else ()


def _caller() -> FrameType:
    """The frame of whoever calls the scheduler."""
    frame = inspect.currentframe()
    assert frame and frame.f_back and frame.f_back.f_back  # noqa: S101, PT018 -- for mypy
    return frame.f_back.f_back


def _taking(caller: FrameType, **job: Any) -> Callable[[Function], Function]:
    """What keeps a job of the function that it is given, at the line where the caller is now."""
    line = caller.f_lineno

    def take(func: Function) -> Function:
        _keep(caller, Job(line=line, func=func, **job))
        return func

    return take


def _keep(caller: FrameType, job: Job) -> None:
    values = caller.f_globals
    said = values.get(_JOBS)
    if not isinstance(said, _Jobs) or said.spec is not values.get("__spec__"):
        said = values[_JOBS] = _Jobs(values.get("__spec__"))
    said.jobs.append(job)
