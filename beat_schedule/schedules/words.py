"""Cron expressions in words: cron-descriptor's, mended where they are not what is done.

It takes a step for an interval (`*/7` minutes, `*/2` days), knows no `L` or `#` within a list, and
does not see that a day field which names every day makes the other one meaningless. So fields are
given to it one at a time and written out, and how they go together is said here.
"""

from collections.abc import Iterable, Iterator
from itertools import product, starmap

from cron_descriptor import ExpressionDescriptor

from .fields import DAY, FIELDS, HOUR, MINUTE, MONTH, SECOND, WEEKDAY, Field
from .wall import Dst

#: More times of day than this are not listed one by one.
LISTED_TIMES = 12

#: A shorter run of numbers is easier read one by one than as `1 through 2`.
SHORTEST_RUN = 3


def sentence(fields: tuple[str, ...], *, anded: bool = False) -> str:
    """Six canonical fields as a person would say them: `every day at 06:30`.

    Day and weekday go together as cron has it, or are always both to be met: `anded`.
    """
    written = [_written_out(text, field) for text, field in zip(fields, FIELDS, strict=True)]
    second, minute, hour = written[:3]
    days = _days(fields, anded=anded)
    time = _hourly(second, minute, hour)
    if not time and (times := _times(second, minute, hour)):
        return f"{days or 'every day'} at {_listed(times, 'and')}"
    time = time or _within_the_hour(second, minute) + _of_hours(hour)
    return f"{time}, {days}" if days else time


def unusual(dst: Dst, usual: Dst) -> Iterator[str]:
    """How clock changes are met, where that is not as usual."""
    if dst.gap != usual.gap:
        yield (
            "not when the clock skips it"
            if dst.gap == "skip"
            else "after the gap when the clock skips it"
        )
    if dst.overlap != usual.overlap:
        yield "twice when it comes twice" if dst.overlap == "both" else "once when it comes twice"


def _times(second: str, minute: str, hour: str) -> list[str]:
    """`06:00`, `06:30`, `18:00`; empty when these are too many, or better said otherwise."""
    if "*" in (second[0], minute[0], hour) or (minute == "0" and hour[0] == "*"):
        return []
    columns = ((hour, HOUR), (minute, MINUTE), (second, SECOND))
    times = [f"{at[0]:02}:{at[1]:02}:{at[2]:02}" for at in product(*starmap(_numbers, columns))]
    if len(times) > LISTED_TIMES:
        return []
    return [at.removesuffix(":00") for at in times] if second == "0" else times


def _hourly(second: str, minute: str, hour: str) -> str:
    """`every hour`, `every 2 hours`, `every hour from 09:15 to 17:15`; empty when it is not."""
    start, dash, end = hour.partition("-")
    if second == "0" and minute.isdigit() and dash and end.isdigit():
        return f"every hour from {int(start):02}:{int(minute):02} to {int(end):02}:{int(minute):02}"
    return _described(second, minute, hour) if (second, minute, hour[0]) == ("0", "0", "*") else ""


def _within_the_hour(second: str, minute: str) -> str:
    return _described(second, minute, "*")


def _of_hours(hour: str) -> str:
    if hour == "*":
        return ""
    start, *others = _numbers(hour, HOUR)
    last = others[-1] if others else start
    if last - start == len(others):
        return f", between {start:02}:00 and {last:02}:59"
    return f", in the hours {_listed([f'{at:02}' for at in (start, *others)], 'and')}"


def _days(fields: tuple[str, ...], *, anded: bool) -> str:
    """On which days of which months; empty for every day."""
    day, weekday = _phrase(fields[3], DAY), _phrase(fields[5], WEEKDAY)
    if anded or fields[3].startswith("*") or fields[5].startswith("*"):
        both = f"{day} if it is {weekday.removeprefix('on ')}"
    else:
        both = f"{day} or {weekday}"
        if not (day and weekday):  # One of them names every day, and either is enough.
            day = weekday = ""
    days = both if day and weekday else day or weekday
    month = _phrase(fields[4], MONTH)
    return f"{days or 'every day'} {month}" if month else days


def _phrase(text: str, field: Field) -> str:
    """What is said of one day or month field alone; empty when it names them all."""
    numbers = _numbers(text, field)
    if len(numbers) == field.high - field.low + 1:
        return ""
    terms = [_runs(numbers)] if numbers else []
    terms += [term for term in text.split(",") if not term[-1].isdigit() or "#" in term]
    return _listed([_alone(term, field) for term in terms if term != "*"], "or")


def _alone(term: str, field: Field) -> str:
    parts = ["0", "0", "0", "*", "*", "*"]
    parts[FIELDS.index(field)] = term
    said = _described(*parts).removeprefix("at 00:00, ").removeprefix("only ")
    if said.startswith("between "):
        return said.replace("between", "on", 1).replace(" and ", " through ")
    if said.startswith(("on ", "in ")):
        return said
    return f"in {said}" if field is MONTH else f"on {said}"


def _numbers(text: str, field: Field) -> list[int]:
    """The plain numbers that a field names, in order; Sunday comes last, as 0."""
    numbers: set[int] = set()
    for term in text.split(","):
        span, _, step = term.partition("/")
        start, _, end = (f"{field.low}-{field.high}" if span == "*" else span).partition("-")
        if start.isdigit() and (end or start).isdigit():
            numbers.update(range(int(start), int(end or start) + 1, int(step or 1)))
    if field is WEEKDAY:
        return sorted({number % 7 for number in numbers}, key=lambda number: (number - 1) % 7)
    return sorted(numbers)


def _written_out(text: str, field: Field) -> str:
    """A step only where it is an interval: it goes into the field without a rest."""
    numbers = _numbers(text, field)
    values = field.high - field.low + 1
    if len(numbers) == values:
        return "*"
    _, slash, step = text.partition("*/")
    if slash and step.isdigit() and len(numbers) > 1 and values % int(step) == 0:
        return text
    return _runs(numbers)


def _runs(numbers: list[int]) -> str:
    """`1,2,3,5` as `1-3,5`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    short = [[f"{run[0]}-{run[-1]}"] if len(run) >= SHORTEST_RUN else map(str, run) for run in runs]
    return ",".join(term for terms in short for term in terms)


def _listed(items: Iterable[str], word: str) -> str:
    *most, last = items
    return f"{', '.join(most)} {word} {last}" if most else last


def _described(*parts: str) -> str:
    descriptor = ExpressionDescriptor(
        " ".join([*parts, *"***"][:6]), use_24hour_time_format=True, locale_code="en_US"
    )
    said = str(descriptor.get_description())
    return said[0].lower() + said[1:]
