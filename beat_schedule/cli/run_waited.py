"""`hookbeat run --wait`: send, wait for the end, and say what became of each."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeAlias

import click
from sqlalchemy.orm import Session

from beat_schedule.actions import Answer, is_followed
from beat_schedule.actions.listening import Ear
from beat_schedule.clock import Clock
from beat_schedule.entries import Entry
from beat_schedule.errors import StoreError
from beat_schedule.settings import Settings
from beat_schedule.store.engine import Sessions, make_readers
from beat_schedule.store.migrate import require_current
from beat_schedule.store.record import SHORT, RunRecord

from . import run_words
from .following import console, whole_as_json, whole_run
from .record import engine_of
from .run_told import answer_as_json, answer_in_words, ended_in_words
from .waited import Awaited, Waiting
from .waited_shown import shown

Sent: TypeAlias = Sequence[tuple[Entry, Answer]]

#: What Ctrl-C ends has this exit code: 128 and the number of the signal.
INTERRUPTED = 130

#: Of runs that go on so many are named.
MOST_NAMED = 20

LOST = "its message is lost: no worker has it, and no queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How it is told."""

    #: One entry was named: its answer stands alone.
    is_one: bool
    #: With what the runs say.
    follow: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """What became of an entry's run."""

    entry: Entry
    answer: Answer
    #: Whether its workers tell how it goes.
    is_followed: bool
    #: As it stood last; None of a run that has not started.
    record: RunRecord | None
    #: Its message is gone: it will never start.
    is_lost: bool

    @property
    def is_well(self) -> bool:
        if self.answer.run is None or self.is_lost:
            return False
        return not self.is_followed or self.ending == "succeeded"

    @property
    def lost(self) -> str:
        """What is said of one whose message is lost."""
        if self.answer.unlisted:
            return f"{LOST}; ask for the run again"
        return f"{LOST}; the next beat that leads sends it again (hookbeat cancel ends it)"

    @property
    def ending(self) -> str:
        """In a word or two."""
        if self.answer.run is None:
            return "not sent"
        if not self.is_followed:
            return "sent"
        return "lost" if self.is_lost else self.record.ending if self.record else "not started"


def send_and_wait(
    app: Any, settings: Settings, send: Callable[[], Sent], manner: Manner, clock: Clock
) -> int:
    """Send, wait until all that was sent has ended, and tell; the exit code.

    Raises StoreError, with nothing sent, where the record cannot be asked how runs go.
    """
    with engine_of(settings) as engine:
        try:
            require_current(engine, settings)
        except StoreError as error:
            raise StoreError(f"{error}\nnothing is sent: it would be, without --wait") from error
        sessions = make_readers(engine)
        sent = send()
        followed = {entry.key for entry, _ in sent if is_followed(app, entry)}
        if not manner.as_json:
            _tell_sent(app, sent, followed, manner)
        runs = [
            Awaited(answer.run, entry.key, answer.message)
            for entry, answer in sent
            if answer.run and entry.key in followed
        ]
        waiting, is_over = _wait(sessions, settings, runs, manner, clock)
        waited = [
            Waited(
                entry=entry,
                answer=answer,
                is_followed=entry.key in followed,
                record=waiting.found.get(answer.run) if answer.run else None,
                is_lost=answer.run in waiting.lost,
            )
            for entry, answer in sent
        ]
        return _tell(sessions, waited, manner, is_over=is_over)


def _wait(
    sessions: Sessions,
    settings: Settings,
    runs: Sequence[Awaited],
    manner: Manner,
    clock: Clock,
) -> tuple[Waiting, bool]:
    """And whether they have ended: Ctrl-C ends the waiting alone."""
    is_told = manner.follow and not manner.as_json
    with (
        closing(Ear(settings, clock)) as ear,
        shown(console(), clock, len(runs), as_json=manner.as_json) as show,
    ):
        waiting = Waiting(sessions, settings, runs, show, clock, ear=ear if is_told else None)
        try:
            waiting.until_all_have_ended()
        except KeyboardInterrupt:
            return waiting, False
    return waiting, True


def _tell_sent(app: Any, sent: Sent, followed: set[str], manner: Manner) -> None:
    for entry, answer in sent:
        is_awaited = answer.run and entry.key in followed
        told = f"sent: run {answer.run}" if is_awaited else answer_in_words(app, entry, answer)
        click.echo(told if manner.is_one else f"{entry.key}: {told}")


def _tell(sessions: Sessions, waited: Sequence[Waited], manner: Manner, *, is_over: bool) -> int:
    if manner.as_json:
        with sessions() as session:
            told = [_as_json(session, each, manner) for each in waited]
        click.echo(json.dumps(told[0] if manner.is_one else told, indent=2))
    elif is_over:
        _tell_endings(waited, manner)
    if not is_over:
        _tell_how_to_go_on([each for each in waited if _goes_on(each)])
        return INTERRUPTED
    return 0 if all(each.is_well for each in waited) else 1


def _tell_endings(waited: Sequence[Waited], manner: Manner) -> None:
    """Of several only those that went wrong, and how many ended how."""
    for each in waited:
        if each.answer.run is None or (each.is_well and not manner.is_one):
            continue
        place = "" if manner.is_one else f"{each.entry.key}: "
        if each.is_lost:
            click.echo(f"{place}{each.lost}")
        elif each.record:
            click.echo(place + ended_in_words(each.record, with_error=not manner.follow))
    if not manner.is_one:
        counted = Counter(each.ending for each in waited)
        endings = ", ".join(f"{count} {ending}" for ending, count in counted.most_common())
        click.echo(f"{len(waited)} entries: {endings}")


def _goes_on(waited: Waited) -> bool:
    is_ended = waited.record is not None and waited.record.outcome is not None
    return waited.is_followed and bool(waited.answer.run) and not (is_ended or waited.is_lost)


def _tell_how_to_go_on(waited: Sequence[Waited]) -> None:
    for each in waited[:MOST_NAMED]:
        short = str(each.answer.run)[:SHORT]
        how = "goes on" if each.record else "will start when a worker takes it"
        once = "" if each.record or not each.answer.unlisted else " once it has started"
        click.echo(
            f"run {short} of {each.entry.key} {how}\n"
            f"look again{once}: hookbeat logs -f {short}\n"
            f"end it: hookbeat cancel {short} --why …",
            err=True,
        )
    if more := len(waited[MOST_NAMED:]):
        click.echo(f"and {more} more: hookbeat runs, hookbeat pending", err=True)


def _as_json(session: Session, waited: Waited, manner: Manner) -> Mapping[str, Any]:
    told = answer_as_json(waited.entry, waited.answer)
    if waited.record is None:
        lost = {"error": waited.lost} if waited.is_lost else {}
        return told | {"state": None, "outcome": None} | lost
    if manner.follow:
        return told | whole_as_json(whole_run(session, str(waited.record.id)))
    return told | run_words.as_json(waited.record)
