"""What a change of the entries does to what runs: added, removed and moved, entry by entry.

Two like entries are not looked at further. Of two others the due times are compared, as they are
sent: what one has alone is removed or added, and where one of either follows the other, it moved.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from beat_schedule.entries import Entry
from beat_schedule.times import short

from .calendar import MOST, Calendar, instant_of, seconds_of

#: What of an entry changes no due time, and is shown when it differs.
_OTHERWISE = ("task", "queue", "args", "kwargs", "priority", "timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One run that is otherwise: moved where it has both."""

    was: datetime | None = None
    becomes: datetime | None = None

    @property
    def at(self) -> datetime:
        """The earlier of the two."""
        return min(each for each in (self.was, self.becomes) if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An entry before and after; one of the two is None where it is added or removed."""

    key: str
    old: Entry | None
    new: Entry | None
    added: int = 0
    removed: int = 0
    moved: int = 0
    kept: int = 0
    first: Difference | None = None
    last: Difference | None = None
    #: What else is otherwise, in words.
    otherwise: Sequence[str] = ()
    #: Up to where runs were compared: the end of the span but for what is due very often.
    until: datetime

    @property
    def changes_runs(self) -> bool:
        return bool(self.added or self.removed or self.moved)


def differences(old: Iterable[Entry], new: Iterable[Entry], calendar: Calendar) -> list[Change]:
    """Every entry that is added, removed or otherwise; those that stay as they are left out.

    An entry under a new key is the old one where it says so itself (`formerly`).
    """
    before = {entry.key: entry for entry in old}
    changes = []
    for entry in new:
        was = _taken(before, entry)
        if was is None or not _is_same(was, entry):
            changes.append(_compared(was, entry, calendar))
    changes += [_compared(entry, None, calendar) for entry in before.values()]
    return sorted(changes, key=lambda change: change.key)


def _taken(before: dict[str, Entry], entry: Entry) -> Entry | None:
    for key in (entry.key, *entry.policy.formerly):
        if key in before:
            return before.pop(key)
    return None


def _is_same(old: Entry, new: Entry) -> bool:
    return (
        old.key == new.key
        and old.schedule == new.schedule
        and old.spread == new.spread
        and not list(_otherwise(old, new))
    )


def _compared(old: Entry | None, new: Entry | None, calendar: Calendar) -> Change:
    named = new or old
    assert named is not None  # noqa: S101 -- one of them is what this is about
    sent = [calendar.sent(entry) if entry else () for entry in (old, new)]
    until = _end([entry for entry in (old, new) if entry], sent, calendar)
    counted = _Counted()
    if old and new and (old.schedule, old.spread) == (new.schedule, new.spread):
        counted.kept = len(sent[0])
    else:
        counted.count(*(_up_to(each, until, calendar) for each in sent))
    return Change(
        key=named.key,
        old=old,
        new=new,
        added=counted.added,
        removed=counted.removed,
        moved=counted.moved,
        kept=counted.kept,
        first=counted.first,
        last=counted.last,
        otherwise=tuple(_otherwise(old, new)) if old and new else (),
        until=until,
    )


def _end(entries: Sequence[Entry], sent: Sequence[Sequence[int]], calendar: Calendar) -> datetime:
    """Where the first of the two stops that has too many to be compared, else the span's end."""
    ends = [calendar.reckoned_until(entry.schedule) for entry in entries]
    if all(sent):
        ends += [instant_of(each[MOST]) for each in sent if len(each) > MOST]
    return min(ends)


def _up_to(sent: Sequence[int], until: datetime, calendar: Calendar) -> Sequence[int]:
    """What is due in the span may be sent after it."""
    if until == calendar.until:
        return sent
    return sent[: bisect_right(sent, seconds_of(until))]


@dataclass(slots=True)
class _Counted:
    """How many are otherwise, the first and the last of them."""

    added: int = 0
    removed: int = 0
    moved: int = 0
    kept: int = 0
    first: Difference | None = None
    last: Difference | None = None

    def count(self, old: Sequence[int], new: Sequence[int]) -> None:
        if not old or not new:
            # Without listing them: an interval may have very many.
            self.added, self.removed = len(new), len(old)
            if alone := new or old:
                kind = "becomes" if new else "was"
                self.first, self.last = (_of(kind, alone[at]) for at in (0, -1))
            return
        both = set(old).intersection(new)
        self.kept = len(both)
        for difference in _in_pairs(set(old) - both, set(new) - both):
            self._add(difference)

    def _add(self, difference: Difference) -> None:
        if difference.was and difference.becomes:
            self.moved += 1
        elif difference.was:
            self.removed += 1
        else:
            self.added += 1
        self.first = self.first or difference
        self.last = difference


def _in_pairs(removed: set[int], added: set[int]) -> Iterator[Difference]:
    """In their order; one of either kind right after one of the other is the same run, moved."""
    pending: int | None = None
    for each in sorted(removed | added):
        if pending is None:
            pending = each
        elif (pending in removed) is (each in removed):
            yield _of("was" if pending in removed else "becomes", pending)
            pending = each
        else:
            was, becomes = (pending, each) if pending in removed else (each, pending)
            yield Difference(was=instant_of(was), becomes=instant_of(becomes))
            pending = None
    if pending is not None:
        yield _of("was" if pending in removed else "becomes", pending)


def _of(kind: str, seconds: int) -> Difference:
    at = instant_of(seconds)
    return Difference(was=at) if kind == "was" else Difference(becomes=at)


def _otherwise(old: Entry, new: Entry) -> Iterator[str]:
    if old.key != new.key:
        yield f"key: {old.key} → {new.key}"
    for name in _OTHERWISE:
        was, becomes = getattr(old, name), getattr(new, name)
        if was != becomes:
            yield f"{name}: {_shown(was)} → {_shown(becomes)}"
    for policy in ("policy", "run_policy"):
        was, becomes = getattr(old, policy), getattr(new, policy)
        for field in fields(was):
            values = getattr(was, field.name), getattr(becomes, field.name)
            if values[0] != values[1] and field.name != "formerly":
                secret = not field.repr
                shown = ("…", "…") if secret else (_shown(values[0]), _shown(values[1]))
                yield f"{field.name}: {shown[0]} → {shown[1]}"


def _shown(value: Any) -> str:
    match value:
        case None | () | "":
            return "none"
        case Mapping():
            return ", ".join(f"{name}={each!r}" for name, each in value.items()) or "none"
        case tuple():
            return ", ".join(map(str, value))
    return short(value) if hasattr(value, "total_seconds") else str(value)
