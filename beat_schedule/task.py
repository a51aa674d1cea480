"""Task classes: what runs and when, in one place."""

from abc import ABC, abstractmethod
from typing import Any, Literal


class Task(ABC):
    """What runs when its attributes say so; derive from it, and set them.

    `run_every` divides the wall clock's minute, hour, day of the year or month; `run_at` is the
    time of day for days and months, and alone means daily. `cron`, `every`, the events (`daily =
    True`) and every option of an entry (`timezone`, `queue`, `catch_up`, …) are attributes too.
    Modules that HOOKBEAT_AUTOLOAD names are searched for Tasks. One that sets no time has no
    schedule: it is listed, and runs by hand alone. docs/task-classes.md has it all.
    """

    #: `15 minutes`, `2 hours`, `3 days`, `1 month`.
    run_every: str | Literal[False] = False
    #: `17:00`
    run_at: str | Literal[False] = False
    run_every_hour: bool = False
    run_every_minute: bool = False
    #: Hours of the day: `(1, 13)`.
    twice_daily: tuple[int, ...] | Literal[False] = False

    @abstractmethod
    def handle(self, *args: Any, **kwargs: Any) -> Any:
        """What a run does.

        The run builds the Task for it, and gives both its constructor and this method what they
        ask for: by annotation, or by the name of a parameter. Arguments of the entry are for this.
        """
