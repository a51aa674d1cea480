"""What `hookbeat run` says: what was sent, or how it ended."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from beat_schedule.actions import Answer, is_followed
from beat_schedule.entries import Entry
from beat_schedule.errors import NotFoundError, StoreError
from beat_schedule.runs.inline import StoppedError
from beat_schedule.settings import Settings
from beat_schedule.store.record import RunRecord, run_named
from beat_schedule.store.runs import Opening

from . import run_words, words
from .record import reader_of


@dataclass(frozen=True, slots=True)
class Ended:
    """A run of this process that is over."""

    opening: Opening
    #: The signal that ended it.
    stopped: StoppedError | None


def tell_sent(
    app: Any, sent: Sequence[tuple[Entry, Answer]], *, is_one: bool, as_json: bool
) -> int:
    """Say what became of each; the exit code."""
    if as_json:
        told = [answer_as_json(entry, answer) for entry, answer in sent]
        click.echo(json.dumps(told[0] if is_one else told, indent=2))
    for entry, answer in [] if as_json else sent:
        place = "" if is_one else f"{entry.key}: "
        click.echo(f"{place}{answer_in_words(app, entry, answer)}")
    return 0 if all(answer.run for _, answer in sent) else 1


def answer_as_json(entry: Entry, answer: Answer) -> dict[str, Any]:
    return {
        "entry": entry.key,
        "id": answer.run and str(answer.run),
        "held": answer.held and words.hold_as_json(answer.held),
        "overlap": answer.overlap or None,
        "error": answer.error or None,
        "unlisted": answer.unlisted or None,
    }


def answer_in_words(app: Any, entry: Entry, answer: Answer) -> str:
    if answer.error:
        return f"not sent: {answer.error}"
    if answer.held:
        held = f"{words.target(answer.held.target)} {words.hold(answer.held)}"
        return f"not sent: {held}\nsend it all the same: --force"
    if answer.overlap:
        return (
            f"not sent: run {answer.overlap} of {entry.key} waits or runs; try again when it has "
            f"ended\nsee how it goes: hookbeat logs {answer.overlap[:8]}"
        )
    if not is_followed(app, entry):
        return "sent: its workers keep no record of how it goes"
    look = f"hookbeat logs {str(answer.run)[:8]}"
    if answer.unlisted:
        how = f"see how it goes once it has started: {look}\nuntil then it is not on record"
        return f"sent: run {answer.run}\n{how}: {answer.unlisted}"
    return f"sent: run {answer.run}\nsee how it goes: {look}"


def tell_ended(settings: Settings, ended: Sequence[Ended], *, is_one: bool, as_json: bool) -> int:
    """Say how each ended; the exit code."""
    records = [_record(settings, each) for each in ended]
    if as_json:
        told = [run_words.as_json(record) for record in records]
        click.echo(json.dumps(told[0] if is_one else told, indent=2))
    for record in [] if as_json else records:
        click.echo(("" if is_one else f"{record.entry}: ") + ended_in_words(record))
    if stopped := ended[-1].stopped if ended else None:
        return int(str(stopped.code))
    return 0 if all(record.ending == "succeeded" for record in records) else 1


def _record(settings: Settings, ended: Ended) -> RunRecord:
    try:
        with reader_of(settings) as session:
            return run_named(session, str(ended.opening.run_id))
    except NotFoundError:
        # Stopped while it waited for the database to let it in.
        raise ended.stopped or StoreError("the run left no record: see the log above") from None


def ended_in_words(record: RunRecord, *, with_error: bool = True) -> str:
    counted = f" ({run_words.counts(record.counts)})" if record.counts else ""
    took = f" in {words.duration(record.took)}" if record.has_started else ""
    why = (record.error if with_error else None) or record.reason
    told = [
        f"{record.ending}{took}{counted}",
        why,
        f"all about it: hookbeat logs {record.short_id}",
    ]
    return "\n".join(filter(None, told))
