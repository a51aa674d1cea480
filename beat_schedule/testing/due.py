"""When an entry is due, held against when it should be."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TypeAlias
from zoneinfo import ZoneInfo

from beat_schedule import actions
from beat_schedule.entries import Entry
from beat_schedule.errors import NotFoundError
from beat_schedule.foresight.changed_days import clock_changes
from beat_schedule.settings import Settings
from beat_schedule.times import instant_at, spoken
from beat_schedule.translate import load

#: A date or time as in `2026-03-29 02:30`; without an offset it is by the entry's own clock.
Moment: TypeAlias = str | datetime

#: So many due times beyond those that are expected are looked at, and told.
FURTHER = 50


def assert_runs(
    name: str,
    *,
    between: tuple[Moment, Moment],
    times: Sequence[Moment],
    settings: Settings | None = None,
) -> None:
    """Fail unless the entry is due at these times from the first of `between` to before the second.

    `name` is a key, or a task with one entry. Without `settings` those of the project in this
    folder are meant. Due times are nominal: a `spread` only delays their sending.

    Raises AssertionError, which lists what was expected and what the schedule says;
    NotFoundError for a name that no good entry has, SettingsError, and ValueError for what is no
    date or time.
    """
    __tracebackhide__ = True
    settings = settings or Settings.read()
    entry = entry_named(name, settings)
    zone = entry.zone(settings.zone)
    since, until = (moment_in(zone, each) for each in between)
    if until <= since:
        raise ValueError(f"between={between!r} ends before it has begun")
    expected = {moment_in(zone, each) for each in times}
    due = islice(
        entry.schedule.between(since - datetime.resolution, until - datetime.resolution),
        len(expected) + FURTHER + 1,
    )
    if (found := set(due)) != expected:
        said = f"{entry.key} ({entry.schedule.words()}), {between[0]} to {between[1]}:"
        raise AssertionError("\n".join([said, *_compared(entry, zone, expected, found)]))


def entry_named(name: str, settings: Settings) -> Entry:
    """The entry of that key, or the only one of that task.

    Raises NotFoundError, with what is wrong in the hooks where something is.
    """
    translation = load(settings)
    try:
        return actions.find_entry(translation.entries, name)
    except NotFoundError as error:
        listed = "".join(f"\n  - {problem}" for problem in translation.problems)
        raise NotFoundError(f"{error}{listed}") from None


def moment_in(zone: ZoneInfo, said: Moment) -> datetime:
    """That moment in UTC; without an offset it is by the clock of `zone`."""
    return instant_at(str(said), zone)


def _compared(
    entry: Entry, zone: ZoneInfo, expected: set[datetime], found: set[datetime]
) -> Iterator[str]:
    lines = sorted(expected | found)
    marks = _clock_changes(lines, zone) if entry.schedule.zone else {}
    for at in lines[: len(expected) + FURTHER]:
        sign = " " if at in expected and at in found else "-" if at in expected else "+"
        what = {" ": "", "-": "expected, not due", "+": "due, not expected"}[sign]
        local = at.astimezone(zone)
        notes = [note for note in (what, marks.get(f"{local:%Y-%m-%d}", "")) if note]
        yield f"  {sign} {local:%Y-%m-%d %H:%M:%S %Z}{'   ' if notes else ''}{'; '.join(notes)}"
    if len(lines) > len(expected) + FURTHER:
        yield "  + … and more"
    if not found:
        yield "  it is not due at all in that time"


def _clock_changes(instants: Iterable[datetime], zone: ZoneInfo) -> dict[str, str]:
    """By day, what happens to the clock."""
    found = {}
    for day in {f"{at.astimezone(zone):%Y-%m-%d}" for at in instants}:
        noon = datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=zone).astimezone(UTC)
        for _, forward in clock_changes(zone, noon, noon):
            way = "forward" if forward.total_seconds() > 0 else "back"
            found[day] = f"clocks go {way} {spoken(abs(forward))} that day"
    return found
