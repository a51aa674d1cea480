"""The answer of `hookbeat why`, as people read it and as machines do."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from rich.text import Text

from beat_schedule.actions.explaining import Explained
from beat_schedule.actions.meaning import COUNTED
from beat_schedule.actions.why import Answer, Coming
from beat_schedule.decisions import Decided, Decision
from beat_schedule.entries import Entry
from beat_schedule.incidents import Incident
from beat_schedule.settings import Settings
from beat_schedule.store.audit import Noted
from beat_schedule.store.explaining import RunStory

from . import run_words, tables, words
from .decisions import decided_as_json
from .entries import in_words, local_time
from .next import clock_change
from .story import attempt_as_json, event_as_json, story_of
from .words import iso

#: A line of the answer: what it is of, and what is so.
Row: TypeAlias = tuple[str, str | Text]


def tell(answer: Answer, settings: Settings) -> None:
    """Print it, a question a line."""
    tables.print_rows(_rows(answer, answer.entry.zone(settings.zone)))


def _rows(answer: Answer, zone: ZoneInfo) -> Iterator[Row]:
    yield "entry", Text(answer.entry.key, style="bold")
    yield "schedule", in_words(answer.entry)
    if answer.past:
        yield from _past(answer, answer.past, zone)
    elif answer.coming is None:
        yield from _not_due(answer, zone)
    if answer.coming:
        yield from _coming(answer, answer.coming, zone)


def _not_due(answer: Answer, zone: ZoneInfo) -> Iterator[Row]:
    yield "so", Text("it is not due then", style="yellow")
    if answer.meant:
        yield "before", _at(answer.meant.before, zone)
        yield "after", _at(answer.meant.after, zone) or "never again"


def _past(answer: Answer, past: Explained, zone: ZoneInfo) -> Iterator[Row]:
    yield from _due(answer, past.due_at, zone)
    yield "so", Text(past.words, style="green" if past.is_well else "red")
    if past.decided:
        yield from _decided(past.decided, past.decided_by, answer.entry)
    for story in past.runs:
        yield from _run(story)
    if past.is_awaited:
        yield "waits", _waiting(answer)
    for event in past.events:
        yield "", f"{words.instant(event.at)} {event.event}: {event.text}"
    if past.in_the_way:
        other = past.in_the_way
        yield (
            "in the way",
            f"run {other.short_id}, due {words.instant(other.due_at)}: {other.ending}",
        )
        yield "", f"hookbeat logs {other.short_id}"
    for change in past.changes:
        yield "changed", _change(change)
    for incident in past.incidents:
        yield "incident", _incident(incident)


def _due(answer: Answer, due_at: datetime, zone: ZoneInfo) -> Iterator[Row]:
    yield "due", _at(due_at, zone)
    if answer.meant and not answer.meant.is_scheduled:
        yield "", "not by the schedule as it is now"
    if answer.meant and answer.meant.count > 1:
        more = " and more" if answer.meant.count == COUNTED else ""
        yield "", f"the newest that is past of {answer.meant.count:,}{more} due times"
    if answer.entry.schedule.zone:
        yield "", clock_change(due_at, zone)


def _decided(decided: Decided, beat: str, entry: Entry) -> Iterator[Row]:
    leader = f"{beat}, " if beat else ""
    who = f"by {leader}the leader of term {decided.term}"
    if not decided.term:
        who = "by a leader, says the worker that took it"
    reason = f": {decided.reason}" if decided.reason else ""
    yield "decided", f"{words.instant(decided.decided_at)} {who}: {decided.decision}{reason}"
    if decided.count > 1:
        span = f"{words.instant(decided.first_due)} to {words.instant(decided.last_due)}"
        yield "", f"one row for {decided.count} due times, {span}"
    if decided.decision is Decision.SENT:
        late = decided.decided_at - decided.first_due - entry.spread
        after = f", {words.duration(late)} after it was to go" if late.total_seconds() >= 1 else ""
        yield "sent", f"{words.instant(decided.decided_at)} to the queue {decided.queue}{after}"
        if decided.expires_at:
            yield "", f"not to be started after {words.instant(decided.expires_at)}"


def _run(story: RunStory) -> Iterator[Row]:
    run = story.run
    asked = "" if str(run.trigger) == "schedule" else f" ({run.trigger})"
    yield "run", f"{run.short_id}{asked}: hookbeat logs {run.short_id}"
    if story.attempts:
        # Later ones waited in its row.
        first = story.attempts[0]
        waited = run.queued_at and first.started_at - run.queued_at
        after = f", after {words.duration(waited)} in the queue" if waited else ""
        yield "taken", f"{words.instant(first.started_at)} by {first.worker}{after}"
    if len(story.attempts) > 1 or story.events:
        for moment in story_of(story.attempts, story.events):
            yield "", Text(f"{words.instant(moment.at)} {moment.text}", style=moment.style)
    yield "waits", run_words.goes_on(run)
    took = f" after {words.duration(run.took)}" if run.took is not None else ""
    at = f"{words.instant(run.finished_at)} " if run.finished_at else ""
    gist = run_words.gist(run)
    yield (
        "ended" if run.outcome else "stands",
        Text.assemble(at, run_words.ending(run), took, ": " if gist else "", gist),
    )


def _waiting(answer: Answer) -> str:
    waiting = answer.waiting
    if waiting is None:
        return ""
    taken = (
        f"taken by {', '.join(waiting.workers)}"
        if waiting.workers
        else "no living worker takes from it"
    )
    return f"queue {waiting.queue}: {waiting.messages} messages; {taken}"


def _coming(answer: Answer, coming: Coming, zone: ZoneInfo) -> Iterator[Row]:
    if coming.due_at is None:
        yield "next", Text("never again", style="yellow")
        return
    yield "next", _at(coming.due_at, zone)
    if answer.entry.spread:
        yield "sent", words.instant(coming.due_at + answer.entry.spread)
    if answer.entry.schedule.zone:
        yield "", Text(clock_change(coming.due_at, zone), style="yellow")
    for obstacle in coming.obstacles:
        cure = f" ({obstacle.cure})" if obstacle.cure else ""
        yield "in its way", Text.assemble((obstacle.words, "red"), cure)
    if not coming.obstacles:
        yield "in its way", "nothing that is known"


def _change(change: Noted) -> str:
    why = f": {change.why}" if change.why else ""
    return f"{words.instant(change.at)} {change.action} {change.target} by {change.who}{why}"


def _incident(incident: Incident) -> str:
    until = f" until {words.instant(incident.ended_at)}" if incident.ended_at else ""
    return f"{incident.kind} since {words.instant(incident.began_at)}{until}: {incident.reason}"


def _at(at: datetime | None, zone: ZoneInfo) -> str:
    if at is None:
        return ""
    return (
        words.instant(at) if zone.key == "UTC" else f"{words.instant(at)} ({local_time(at, zone)})"
    )


def as_json(answer: Answer) -> dict[str, Any]:
    meant, coming = answer.meant, answer.coming
    return {
        "entry": answer.entry.key,
        "schedule": in_words(answer.entry),
        "well": answer.is_well,
        "not_due": None
        if meant is None or meant.due_at
        else {"before": iso(meant.before), "after": iso(meant.after)},
        "past": answer.past and _past_as_json(answer.past),
        "next": coming
        and {
            "due_at": iso(coming.due_at),
            "obstacles": [{"words": each.words, "cure": each.cure} for each in coming.obstacles],
        },
        "queue": answer.waiting
        and {
            "name": answer.waiting.queue,
            "messages": answer.waiting.messages,
            "workers": list(answer.waiting.workers),
        },
    }


def _past_as_json(past: Explained) -> dict[str, Any]:
    return {
        "due_at": past.due_at.isoformat(),
        "words": past.words,
        "well": past.is_well,
        "decision": past.decided and decided_as_json(past.decided),
        "decided_by": past.decided_by or None,
        "runs": [
            run_words.as_json(each.run)
            | {
                "attempts": [attempt_as_json(attempt) for attempt in each.attempts],
                "events": [event_as_json(event) for event in each.events],
            }
            for each in past.runs
        ],
        "events": [event_as_json(each) for each in past.events],
        "in_the_way": past.in_the_way and run_words.as_json(past.in_the_way),
        "changes": [
            {
                "at": each.at.isoformat(),
                "who": each.who,
                "by": each.by,
                "action": each.action,
                "target": each.target,
                "why": each.why,
            }
            for each in past.changes
        ],
        "incidents": [
            {
                "kind": str(each.kind),
                "began_at": each.began_at.isoformat(),
                "ended_at": iso(each.ended_at),
                "reason": each.reason,
            }
            for each in past.incidents
        ],
    }
