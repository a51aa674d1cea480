"""What a worker answers to `celery inspect` and `celery control` beside what is Celery's own.

What is to be done once, and is asked of all workers, is done by the one whose name comes first.
"""

from collections.abc import Callable, Collection
from typing import Any

from beat_schedule import actions
from beat_schedule.actions.holding import told as words_of_hold
from beat_schedule.apps import process_of
from beat_schedule.brokers import PATIENCE, client_of, told
from beat_schedule.dispatch.operator import Operator, Sight
from beat_schedule.entries import Entry
from beat_schedule.errors import HookbeatError
from beat_schedule.runs.heart import requests_of_this_worker
from beat_schedule.schedules.base import LATEST
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_fleeting_engine, make_readers
from beat_schedule.store.features import every_feature
from beat_schedule.times import instant_at
from beat_schedule.translate.overlay import Overlay
from beat_schedule.workers import Workers

#: Of entries made at run time so many are told, the first by their keys; each if asked for.
MOST_MADE = 1000

#: By what way it was done, as the audit says it.
BY = "control"


def entries(state: Any, entry: str | None) -> Any:
    """Entries in force, an operator's too: task, schedule, queue, next due time."""
    process = process_of(state.app)
    now, declared = process.clock.now(), process.entries.values()
    known = actions.overlaid(process.settings, declared, 0 if entry else MOST_MADE)
    found = {each.key: each for each in known.entries if entry in {None, each.key, each.task}}
    if entry and not found:
        made = actions.overlaid_entry(process.settings, None, entry)
        found = {made.key: made} if made else {}
    return {
        key: _entry_as_json(each, each.schedule.first(now, LATEST))
        | {"said_by": _said_by(key, process.entries, known)}
        for key, each in sorted(found.items())
    }


def runs(_state: Any) -> Any:
    """Runs under way in this worker: entry, due time, attempt."""
    found = (getattr(each, "hookbeat_opening", None) for each in requests_of_this_worker())
    return [
        {
            "run": str(opening.run_id),
            "entry": opening.entry,
            "due_at": opening.due_at.isoformat(),
            "trigger": str(opening.trigger),
            "attempt": opening.attempt,
            "queue": opening.queue,
        }
        for opening in found
        if opening
    ]


def features(state: Any) -> Any:
    """Features, on or off, as the database of this worker has them."""
    url = process_of(state.app).settings.database_url.get_secret_value()
    with make_readers(make_fleeting_engine(url))() as session:
        return {each.name: "on" if each.active else "off" for each in every_feature(session)}


def beats(state: Any) -> Any:
    """Beats, as the Redis of this worker has them: who leads, who stands by; of each clock."""
    with actions.operator_of(process_of(state.app).settings) as operator:
        sight, others = operator.look(), operator.look_at_others()
    return _beats_of(sight) | {"clocks": {each.clock: _beats_of(each) for each in others}}


def _beats_of(sight: Sight) -> dict[str, Any]:
    return {
        "leader": sight.leader.id if sight.leader else None,
        "since": sight.since.isoformat() if sight.leader and sight.since else None,
        "term": sight.term,
        "others": [beat.id for beat in sight.standbys],
        "cursor": sight.cursor.isoformat() if sight.cursor else None,
    }


def pause(state: Any, entry: str, why: str, by: str) -> Any:
    """Send nothing for an entry until it is resumed."""

    def act(operator: Operator) -> str:
        held = actions.pause(operator, _entry(state, entry).key, by=by, why=why)
        return f"{held.target} is paused"

    return _once(state, act)


def resume(state: Any, entry: str, by: str) -> Any:
    """Let an entry that was paused be sent again."""

    def act(operator: Operator) -> str:
        target = _entry(state, entry).key
        resumed = actions.resume(operator, target, by=by)
        said = f"{target} goes on" if resumed.ended else f"nothing held {target}"
        return f"{said}; but {words_of_hold(resumed.still)}" if resumed.still else said

    return _once(state, act)


def run_entry(state: Any, entry: str, at: str) -> Any:
    """Send a run of an entry now, for a date or time if one is given."""

    def act(_operator: Operator) -> str:
        settings, meant = process_of(state.app).settings, _entry(state, entry)
        due_at = instant_at(at, meant.zone(settings.zone)) if at else None
        answer = actions.run_now(state.app, settings, meant, due_at=due_at)
        if answer.run:
            return f"run {answer.run} was sent"
        reason = words_of_hold(answer.held) if answer.held else f"run {answer.overlap}"
        raise HookbeatError(f"nothing was sent: {reason} is in the way")

    return _once(state, act)


def _once(state: Any, act: Callable[[Operator], str]) -> dict[str, str]:
    """Do it in this worker, or say which other does: whoever asks has asked all of them."""
    settings = process_of(state.app).settings
    try:
        chosen = _first_of_all(settings) or state.hostname
        if chosen != state.hostname:
            return {"ok": f"left to {chosen}"}
        with actions.operator_of(settings, through=BY) as operator:
            return {"ok": act(operator)}
    except (HookbeatError, ValueError) as error:
        return {"error": str(error)}


def _first_of_all(settings: Settings) -> str | None:
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        workers = Workers(client, settings.prefix).seen()
    return next((worker.name for worker in workers if worker.is_alive), None)


def _entry(state: Any, name: str) -> Entry:
    """As beats have it; raises NotFoundError, with a suggestion."""
    process = process_of(state.app)
    return actions.find_overlaid(process.settings, process.entries.values(), name)


def _said_by(key: str, declared: Collection[str], known: Overlay) -> str:
    """Whose word counts for it."""
    if key not in declared:
        return "operator"
    return "code, and an operator" if known.overridden.get(key) else "code"


def _entry_as_json(entry: Entry, next_due: Any) -> dict[str, Any]:
    return {
        "task": entry.task,
        "schedule": entry.schedule.words(),
        "queue": entry.queue,
        "next_due_at": next_due and next_due.isoformat(),
    }
