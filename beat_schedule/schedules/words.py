"""Cron expressions in words: cron-descriptor's, mended where they are not what is done."""

from cron_descriptor import ExpressionDescriptor

from .fields import DAY, FIELDS, MONTH, WEEKDAY, Field


def sentence(fields: tuple[str, ...]) -> str:
    """Six canonical fields as a person would say them: `every day at 06:30`."""
    plain = [_without_odd_steps(index, field) for index, field in enumerate(fields)]
    time = _described([*plain[:3], "*", "*", "*"])
    days = _days(plain, either=not any(field.startswith("*") for field in (fields[3], fields[5])))
    if time.startswith("at "):
        return f"{days or 'every day'} {time}"
    return f"{time}, {days}" if days else time


def _days(plain: list[str], *, either: bool) -> str:
    day, month, weekday = (_only(plain, field) for field in (DAY, MONTH, WEEKDAY))
    if day and weekday:
        day = f"{day} or {weekday}" if either else f"{day} if it is {weekday.removeprefix('on ')}"
    days = day or weekday
    if month:
        days = f"{days or 'every day'} {month}"
    return days


def _only(plain: list[str], field: Field) -> str:
    """What cron-descriptor says of one field when all others are free."""
    index = FIELDS.index(field)
    if plain[index] == "*":
        return ""
    parts = ["0", "0", "0", "*", "*", "*"]
    parts[index] = plain[index]
    said = _described(parts).removeprefix("at 00:00, ").removeprefix("only ")
    return said if said.startswith(("on ", "in ", "between ")) else f"on {said}"


def _without_odd_steps(index: int, field: str) -> str:
    """`*/7` written out: its last step before the field starts again is a shorter one."""
    if not field.startswith("*/"):
        return field
    step, column = int(field[2:].split(",", maxsplit=1)[0]), FIELDS[index]
    values = column.high - column.low + 1
    if "," in field or (step < values and values % step == 0 and column.low == 0):
        return field
    return ",".join(map(str, range(column.low, column.high + 1, step)))


def _described(parts: list[str]) -> str:
    descriptor = ExpressionDescriptor(
        " ".join(parts), use_24hour_time_format=True, locale_code="en_US"
    )
    said = str(descriptor.get_description())
    return said[0].lower() + said[1:]
