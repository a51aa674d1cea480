"""Changing the library's settings: everything is checked before anything is kept."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from beat_schedule.errors import Problem
from tasks.library.days import Period
from tasks.library.errors import LibrarySetError

from . import parsing
from .shelf import keep, kept_texts
from .specs import parsed


def assignments(words: Sequence[str]) -> dict[str, str]:
    """`name=value` words as a mapping; raises LibrarySetError naming every other word."""
    problems = [
        Problem(word, "is no setting", "write NAME=VALUE, as in loan_period=30")
        for word in words
        if "=" not in word
    ]
    if problems:
        raise LibrarySetError(problems)
    pairs = (word.partition("=") for word in words)
    return {name.strip(): value.strip() for name, _, value in pairs}


def change(
    session: Session, texts: Mapping[str, str], *, today: date, all_loans: bool
) -> dict[str, str]:
    """Keep these settings; what was kept, by name. Nothing is when one of them is bad.

    A plain new `loan_period` holds for loans made from today on: earlier ones keep the period
    under which they were made.
    """
    _, problems = parsed(texts)
    if problems:
        raise LibrarySetError(problems)
    kept = dict(texts)
    before = kept_texts(session).get("loan_period")
    if "loan_period" in kept and before and not all_loans:
        kept["loan_period"] = _continued(before, kept["loan_period"], today)
    keep(session, kept)
    return kept


def _continued(before: str, text: str, today: date) -> str:
    """The history of periods with this one as its latest."""
    new = parsing.periods(text)
    try:
        history = [period for period in parsing.periods(before) if period.since < today]
    except ValueError:
        return text
    if len(new) > 1 or not history:
        return text
    if history[-1].days != new[0].days:
        history.append(Period(new[0].days, today))
    return ", ".join(map(str, history))
