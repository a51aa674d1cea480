"""What a notice says, in each language, and how each language writes a date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

_FIRST = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's whole notice; `{…}` is filled in."""

    code: str
    subject: str
    greeting: str
    heading: str
    request: str
    #: Between an item and its due date.
    due_on: str
    closing: str
    months: Sequence[str]
    #: French says `1er` for the first of a month.
    first_day: str

    def written(self, day: date) -> str:
        """The date as people write it, whatever locale the server has."""
        number = self.first_day if day.day == _FIRST else str(day.day)
        return f"{number} {self.months[day.month - 1]} {day.year}"


ENGLISH = Words(
    code="en",
    subject="Library Articles Overdue",
    greeting="Dear {name},",
    heading="Following Items are Overdue",
    request="Please return them as soon as possible",
    due_on="due on",
    closing="Your library",
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    first_day="1",
)

FRENCH = Words(
    code="fr",
    subject="Articles de la bibliothèque en retard",
    greeting="Bonjour {name},",
    heading="Les articles suivants sont en retard",
    request="Merci de les rapporter dès que possible",
    due_on="à rendre le",
    closing="Votre bibliothèque",
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    first_day="1er",
)

WORDS: Mapping[str, Words] = {words.code: words for words in (ENGLISH, FRENCH)}
