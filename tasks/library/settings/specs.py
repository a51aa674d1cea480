"""The library's settings: names, defaults, meanings, and how each text is understood."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from beat_schedule.errors import Problem, suggestion
from tasks.library.days import ClosedDays, LoanRules, Period
from tasks.library.errors import LibrarySettingsError

from . import parsing


@dataclass(frozen=True, slots=True)
class Spec:
    """One setting. `default` None: it must be set, or taken from elsewhere."""

    name: str
    default: str | None
    meaning: str
    parse: Callable[[str], Any]


SPECS: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(
            "loan_period",
            None,
            "days a loan lasts, 1 to 3650; must be set. A change holds for loans made from then on",
            parsing.periods,
        ),
        Spec(
            "timezone",
            None,
            "zone in which a loan's date is read; HOOKBEAT_TIMEZONE unless set",
            parsing.zone,
        ),
        Spec(
            "reminder_after_days",
            "7",
            "days from the notice that last listed a loan to its next",
            parsing.whole(1, 365),
        ),
        Spec(
            "reminder_max",
            "3",
            "notices that a loan causes; those that other loans cause list it besides",
            parsing.whole(1, 100),
        ),
        Spec(
            "grace_days", "0", "days after the due date before a notice goes", parsing.whole(0, 365)
        ),
        Spec(
            "closed_weekdays",
            "none",
            "a due date on one moves to the next open day: sat,sun",
            parsing.weekdays,
        ),
        Spec(
            "closed_dates",
            "none",
            "the same for dates and spans: 2026-12-25,2026-08-01..2026-08-15",
            parsing.dates,
        ),
        Spec(
            "quiet_hours",
            "off",
            "when nothing is sent, in the library's zone: 21:00-07:00",
            parsing.quiet_hours,
        ),
        Spec("batch_size", "200", "members per transaction and per page", parsing.whole(1, 5000)),
        Spec(
            "language", "en", "en or fr, for members who have none of their own", parsing.language
        ),
    )
}


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `stop` on the library's clock; over midnight when stop is the earlier."""

    start: time
    stop: time

    def __contains__(self, local: datetime) -> bool:
        now = local.time()
        if self.start <= self.stop:
            return self.start <= now < self.stop
        return now >= self.start or now < self.stop


@dataclass(frozen=True, slots=True, kw_only=True)
class LibrarySettings:
    """What one run goes by: read once, at its start."""

    rules: LoanRules
    reminder_after_days: int
    reminder_max: int
    quiet_hours: QuietHours | None
    batch_size: int
    language: str

    @property
    def zone(self) -> ZoneInfo:
        return self.rules.zone

    def is_quiet(self, now: datetime) -> bool:
        return self.quiet_hours is not None and now.astimezone(self.zone) in self.quiet_hours


def understood(texts: Mapping[str, str], default_zone: str) -> LibrarySettings:
    """The settings that these texts mean; raises LibrarySettingsError naming every problem."""
    texts = {name: spec.default for name, spec in SPECS.items() if spec.default} | dict(texts)
    texts.setdefault("timezone", default_zone)
    values, problems = parsed(texts)
    if "loan_period" not in texts:
        cure = "python -m tasks.library settings loan_period=30"
        problems.append(Problem("loan_period", "is not set", cure))
    if problems:
        raise LibrarySettingsError(problems)
    return _built(values)


def parsed(texts: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """What each text means by name, and a problem for each that means nothing."""
    values: dict[str, Any] = {}
    problems = []
    for name, text in texts.items():
        if name not in SPECS:
            problems.append(_unknown(name, SPECS))
            continue
        try:
            values[name] = SPECS[name].parse(text)
        except ValueError as error:
            problems.append(Problem(name, f"{error}; it is {text!r}"))
    return values, problems


def _unknown(name: str, known: Iterable[str]) -> Problem:
    return Problem(
        name, "no such setting", suggestion(name, known) or f"there are {', '.join(known)}"
    )


def _built(values: Mapping[str, Any]) -> LibrarySettings:
    periods: tuple[Period, ...] = values["loan_period"]
    hours = values["quiet_hours"]
    return LibrarySettings(
        rules=LoanRules(
            periods=periods,
            zone=values["timezone"],
            grace_days=values["grace_days"],
            closed=ClosedDays(values["closed_weekdays"], values["closed_dates"]),
        ),
        reminder_after_days=values["reminder_after_days"],
        reminder_max=values["reminder_max"],
        quiet_hours=QuietHours(*hours) if hours else None,
        batch_size=values["batch_size"],
        language=values["language"],
    )
