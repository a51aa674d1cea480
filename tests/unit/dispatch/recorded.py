"""A record of incidents in memory, and channels that note what they are told."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from beat_schedule.entries import Entry
from beat_schedule.errors import RecordAwayError
from beat_schedule.incidents import End, Incident
from beat_schedule.policies import Policy, RunPolicy
from beat_schedule.schedules import Every

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def minutes(number):
    return NOON + timedelta(minutes=number)


def an_entry(key="close", *, spread=0, tracked=True, expect_within=None, alert_after=None, **more):
    within = None if expect_within is None else timedelta(minutes=expect_within)
    return Entry(
        key=key,
        task=f"tasks.{key}",
        schedule=Every("1h"),
        queue="default",
        event="every",
        place="hooks.py",
        policy=Policy(spread=timedelta(minutes=spread), tracked=tracked),
        run_policy=RunPolicy(expect_within=within, alert_after=alert_after),
        **more,
    )


def a_failure(at, reason="ValueError: no"):
    return End(run=uuid.uuid4(), ended_at=minutes(at), succeeded=False, reason=reason)


def a_success(at):
    return End(run=uuid.uuid4(), ended_at=minutes(at), succeeded=True)


class Recorded:
    """Answers what a test has put there, and keeps incidents as the real one does."""

    def __init__(self):
        #: By entry: its ends, the last first; what is expected; the due times of its successes.
        self.ended: dict[str, list[End]] = {}
        self.due = {}
        self.succeeded = {}
        self.holds: set[str] = set()
        self.incidents: list[Incident] = []
        #: Of which somebody may know, by their ids.
        self.telling_at = {}
        #: Everything that was asked, as (method, argument).
        self.asked = []
        self.is_away = False

    def ends(self, wanted):
        self._ask("ends", wanted)
        return {key: self.ended[key][:most] for key, most in wanted.items() if key in self.ended}

    def expected(self, until):
        self._ask("expected", until)
        return {
            key: self.due[key]
            for key, latest in until.items()
            if key in self.due and self.due[key].due_at <= latest
        }

    def successes(self, since):
        self._ask("successes", since)
        return {
            key: a_success((self.succeeded[key] - NOON).total_seconds() / 60)
            for key, due_at in since.items()
            if key in self.succeeded and self.succeeded[key] >= due_at
        }

    def held(self, now):
        self._ask("held", now)
        return self.holds

    def open(self):
        self._ask("open", None)
        return [each for each in self.incidents if each.ended_at is None]

    def ended_untold(self):
        self._ask("ended_untold", None)
        return [
            each
            for each in self.incidents
            if each.id in self.telling_at and each.ended_at and not each.ended_told_at
        ]

    def begin(self, incident):
        self._ask("begin", incident)
        for each in self.incidents:
            if (each.entry, each.kind) == (incident.entry, incident.kind) and (
                each.ended_at is None or each.began_at == incident.began_at
            ):
                return False
        self.incidents.append(replace(incident, id=len(self.incidents) + 1))
        return True

    def end(self, incident, at):
        return self._change("ended_at", incident, at)

    def telling(self, incident, at):
        self._ask("telling", incident)
        if incident.id in self.telling_at:
            return False
        self.telling_at[incident.id] = at
        return True

    def untold(self, incident):
        self._ask("untold", incident)
        del self.telling_at[incident.id]

    def told(self, incident, at):
        return self._change("told_at", incident, at)

    def ended_told(self, incident, at):
        return self._change("ended_told_at", incident, at)

    def _change(self, name, incident, at):
        self._ask(name, incident)
        stands = self.incidents[incident.id - 1]
        if getattr(stands, name):
            return False
        self.incidents[incident.id - 1] = replace(stands, **{name: at})
        return True

    def _ask(self, method, argument):
        self.asked.append((method, argument))
        if self.is_away:
            raise RecordAwayError("the database cannot be used: it is away")


class Notes:
    """A channel that takes everything, unless it is broken."""

    def __init__(self, name="notes"):
        self.name = name
        self.broken = ""
        self.told = []
        #: Called before each: what happens meanwhile.
        self.on_tell = lambda: None

    def tell(self, title, text, *, is_over):
        self.on_tell()
        if self.broken:
            return self.broken
        self.told.append((title, text, is_over))
        return ""

    @property
    def titles(self):
        return [title for title, _, _ in self.told]
