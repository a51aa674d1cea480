"""A believable library with many edge cases, the same for the same seed and day.

The first member is nobody special, the next each stand for one case, the rest borrow as people do.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from . import words

#: Days before the day in question, then what happened; for a loan period of 30.
Story = Sequence[tuple[int, str]]

STORIES: dict[str, Story] = {
    "due today": [(30, "issue")],
    "one day late": [(31, "issue")],
    "very late": [(200, "issue")],
    "lent today": [(0, "issue")],
    "returned in time": [(40, "issue"), (20, "return")],
    "returned late": [(90, "issue"), (5, "return")],
    "renewed in time": [(50, "issue"), (25, "renew")],
    "renewed, and late again": [(80, "issue"), (52, "renew")],
    "renewed just too long ago": [(60, "issue"), (31, "renew")],
    "lost": [(120, "issue"), (70, "lost")],
    "lost and found": [(120, "issue"), (70, "lost"), (10, "return")],
}

#: What the first member has, so that the first notice that anybody sees is like most.
ORDINARY = ["very late", "renewed, and late again", "one day late"]

USUAL = ("lent today", "returned in time", "returned late", "renewed in time", "due today")


@dataclass(frozen=True, slots=True)
class Person:
    """One line of members.csv."""

    name: str
    email: str
    language: str = "en"
    opted_out: str = "no"
    blocked: str = "no"


@dataclass(kw_only=True)
class Sample:
    """Rows for the three files."""

    members: int
    seed: int
    on: date
    people: list[tuple[str, Person]] = field(default_factory=list)
    titles: list[tuple[str, str]] = field(default_factory=list)
    events: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Not for secrets: the same seed has to give the same library.
        self._random = Random(self.seed)  # noqa: S311
        for number in range(1, self.members + 1):
            self._member(number)

    def _member(self, number: int) -> None:
        key = f"SM-{number:05}"
        person = words.PEOPLE[number - 1] if number <= len(words.PEOPLE) else self._person(number)
        self.people.append((key, Person(*person)))
        for story in self._stories(number):
            if story in STORIES:
                self._tell(key, STORIES[story])
            else:
                self._tell_tie(key, story)

    def _stories(self, number: int) -> list[str]:
        cases = [*STORIES, "tie: returned", "tie: lent again", "borrowed before by another"]
        if number <= len(words.PEOPLE):
            # Whoever has a case of their own has something overdue, or we would not see it.
            case = cases[(number - 2) % len(cases)]
            return [case, "one day late"] if number > 1 else ORDINARY
        late = self._random.choices((0, 1, 2, 5), weights=(55, 25, 15, 5))[0]
        usual = self._random.choices(USUAL, k=self._random.randint(0, 3))
        return usual + self._random.choices(("one day late", "very late"), k=late)

    def _person(self, number: int) -> tuple[str, ...]:
        language = self._random.choices(("en", "fr"), weights=(60, 40))[0]
        first = self._random.choice(words.FIRST_NAMES[language])
        last = self._random.choice(words.LAST_NAMES[language])
        return f"{first} {last}", f"member{number}@example.org", language

    def _tell(self, member: str, story: Story) -> None:
        article = self._article()
        for days, kind in story:
            self._event(article, member, kind, days)

    def _tell_tie(self, member: str, story: str) -> None:
        article, noon = self._article(), time(12)
        if story == "tie: returned":
            self._event(article, member, "issue", 45, noon)
            self._event(article, member, "return", 45, noon)
        elif story == "tie: lent again":
            self._event(article, member, "issue", 70)
            self._event(article, member, "return", 45, noon)
            self._event(article, member, "issue", 45, noon)
        else:
            before = self.people[0][0]
            self._event(article, before, "issue", 150)
            self._event(article, before, "return", 100)
            self._event(article, member, "issue", 45)

    def _article(self) -> str:
        key = f"SA-{len(self.titles) + 1:05}"
        number = len(self.titles)
        known = words.TITLES
        volume = f", volume {number // len(known) + 1}" if number >= len(known) else ""
        self.titles.append((key, known[number % len(known)] + volume))
        return key

    def _event(
        self, article: str, member: str, kind: str, days: int, at: time | None = None
    ) -> None:
        at = at or time(self._random.randint(9, 18), self._random.randint(0, 59))
        instant = datetime.combine(self.on - timedelta(days=days), at)
        key = f"ST-{len(self.events) + 1:06}"
        self.events.append((key, article, member, kind, instant.isoformat()))


def write_sample(folder: Path, sample: Sample) -> None:
    """The three files that an import reads."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "members.csv", "id,name,email,language,opted_out,blocked", _members(sample.people)
    )
    _write(folder / "articles.csv", "id,title", sample.titles)
    _write(folder / "transactions.csv", "id,article,member,type,at", sample.events)


def _members(people: Iterable[tuple[str, Person]]) -> Iterator[Sequence[str]]:
    for key, one in people:
        yield key, one.name, one.email, one.language, one.opted_out, one.blocked


def _write(path: Path, header: str, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
