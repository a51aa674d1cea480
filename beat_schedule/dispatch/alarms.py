"""Which entries fail, are missed or left out: the leader looks, so that no worker need live.

What it finds is an incident in the record, and the record is all that it remembers: whoever leads
next goes on from there.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from beat_schedule import logs, signals
from beat_schedule.decisions import EVERYTHING
from beat_schedule.entries import Entry, run_id
from beat_schedule.errors import Problem
from beat_schedule.incidents import End, Expected, Incident, IncidentKind
from beat_schedule.times import spoken

log = logs.logger("hookbeat.beat")

#: Those that are not over, by entry and kind: of each there is one at most.
_Open: TypeAlias = Mapping[tuple[str, IncidentKind], Incident]


class IncidentRecord(Protocol):
    """The record as alarms ask it; every method raises `errors.RecordAwayError`."""

    def ends(self, wanted: Mapping[str, int]) -> Mapping[str, Sequence[End]]:
        """Of each entry so many of its last runs whose task was called, the last first."""

    def expected(self, until: Mapping[str, datetime]) -> Mapping[str, Expected]:
        """Of each entry its newest due time up to then that nobody kept from running.

        Nobody: no hold, no guard, and it was declared at that time.
        """

    def successes(self, since: Mapping[str, datetime]) -> Mapping[str, End]:
        """Of each entry a run that succeeded of those that were due then or later."""

    def held(self, now: datetime) -> set[str]:
        """What is paused, disabled or in maintenance: keys of entries, or `EVERYTHING`."""

    def open(self) -> Sequence[Incident]:
        """Those that are not over."""

    def ended_untold(self) -> Sequence[Incident]:
        """Those that are over, of which somebody may know that they began and nothing more."""

    def begin(self, incident: Incident) -> bool:
        """Note it; False where it was noted before, or another of its kind is not over."""

    def end(self, incident: Incident, at: datetime) -> bool:
        """Note that it is over; False where it was already."""

    def telling(self, incident: Incident, at: datetime) -> bool:
        """Note that from now on somebody may know of it; False where that was noted already."""

    def untold(self, incident: Incident) -> None:
        """Take back what `telling` noted: nobody has taken it."""

    def told(self, incident: Incident, at: datetime) -> bool:
        """Note that somebody was told that it began; False where that was noted already."""

    def ended_told(self, incident: Incident, at: datetime) -> bool:
        """Note that somebody was told that it is over; False where that was noted already."""


class Alarms:
    """Looks every few seconds, from one thread, while its beat leads.

    `now` is Redis's time, by which things are due. Entries that nobody follows are not watched.
    `problems` is what is wrong with what the code declares, `others` with what people do by now.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        record: IncidentRecord,
        now: Callable[[], datetime],
        problems: Iterable[Problem] = (),
        others: Callable[[], Iterable[Problem]] = tuple,
    ) -> None:
        self._record = record
        self._problems = tuple(problems)
        self._others = others
        #: By place, why what is declared there is left out.
        self._left_out: Mapping[str, str] = {}
        self._now = now
        watched = {entry.key: entry for entry in entries if entry.policy.tracked}
        #: After so many failures in a row an entry is failing.
        self._in_a_row = {
            key: entry.run_policy.alert_after
            for key, entry in watched.items()
            if entry.run_policy.alert_after is not None
        }
        #: Without a success for so long after a due time an entry is missed.
        self._within = {
            key: entry.run_policy.expect_within
            for key, entry in watched.items()
            if entry.run_policy.expect_within is not None
        }
        #: How long after a due time it is sent.
        self._spread = {key: watched[key].spread for key in self._within}

    def look(self) -> None:
        """Note what begins and what is over; raises RecordAwayError and DoubtError."""
        now = self._now()
        problems = [*self._problems, *sorted(self._others(), key=str)]
        self._left_out = {each.place: _why(each) for each in reversed(problems)}
        open_ones = {(each.entry, each.kind): each for each in self._record.open()}
        self._forget_unwatched(open_ones, now)
        self._look_for_left_out(open_ones, now)
        self._look_for_failing(open_ones)
        self._look_for_missed(open_ones, now)

    def _look_for_left_out(self, open_ones: _Open, now: datetime) -> None:
        for place, reason in self._left_out.items():
            stands = open_ones.get((place, IncidentKind.LEFT_OUT))
            if stands and stands.reason == reason:
                continue
            self._end(stands, now)
            self._begin(_left_out(place, reason, now))

    def _look_for_failing(self, open_ones: _Open) -> None:
        for key, ends in self._record.ends(self._in_a_row).items():
            stands = open_ones.get((key, IncidentKind.FAILING))
            if ends[0].succeeded:
                self._end(stands, ends[0].ended_at)
            elif not stands and _all_failed(ends, self._in_a_row[key]):
                self._begin(_failing(key, ends))

    def _look_for_missed(self, open_ones: _Open, now: datetime) -> None:
        until = {key: now - self._spread[key] - within for key, within in self._within.items()}
        expected = self._record.expected(until)
        # Where nothing is expected now, what was missed is over with the next success all the same.
        since = {
            key: stands.began_at
            for (key, kind), stands in open_ones.items()
            if kind is IncidentKind.MISSED and key in until
        } | {key: each.due_at for key, each in expected.items()}
        successes = self._record.successes(since)
        held = self._record.held(now) if since.keys() - successes.keys() else set()
        for key in since:
            stands = open_ones.get((key, IncidentKind.MISSED))
            if success := successes.get(key):
                self._end(stands, success.ended_at)
            elif not stands and key in expected and not held & {key, EVERYTHING}:
                self._begin(_missed(key, self._within[key], expected[key]))

    def _forget_unwatched(self, open_ones: _Open, now: datetime) -> None:
        """End what nobody would ever find to be over."""
        watched: Mapping[IncidentKind, Collection[str]] = {
            IncidentKind.FAILING: self._in_a_row,
            IncidentKind.MISSED: self._within,
            IncidentKind.LEFT_OUT: self._left_out,
        }
        for (key, kind), stands in open_ones.items():
            if key not in watched[kind]:
                self._end(stands, now)

    def _begin(self, incident: Incident) -> None:
        if not self._record.begin(incident):
            return
        log.error(
            "incident.began",
            entry=incident.entry,
            kind=str(incident.kind),
            since=incident.began_at.isoformat(),
            reason=incident.reason,
            run=incident.run and str(incident.run),
        )
        if incident.kind is IncidentKind.MISSED:
            signals.run_missed.send(_run_of(incident))

    def _end(self, incident: Incident | None, at: datetime) -> None:
        if incident and self._record.end(incident, at):
            since = incident.began_at.isoformat()
            log.info("incident.ended", entry=incident.entry, kind=str(incident.kind), since=since)


def _all_failed(ends: Sequence[End], in_a_row: int) -> bool:
    return len(ends) >= in_a_row and not any(end.succeeded for end in ends)


def _failing(key: str, ends: Sequence[End]) -> Incident:
    """Of runs that failed, the last first."""
    last, count = ends[0], len(ends)
    said = (
        "its last run failed" if count == 1 else f"its last {count} runs failed, the last of them"
    )
    return Incident(
        entry=key,
        kind=IncidentKind.FAILING,
        began_at=ends[-1].ended_at,
        reason=f"{said}: {last.reason}",
        run=last.run,
    )


def _missed(key: str, within: timedelta, expected: Expected) -> Incident:
    return Incident(
        entry=key,
        kind=IncidentKind.MISSED,
        began_at=expected.due_at,
        reason=f"no run succeeded within {spoken(within)} of its due time: {expected.reason}",
        run=expected.run,
    )


def _left_out(place: str, reason: str, now: datetime) -> Incident:
    return Incident(entry=place, kind=IncidentKind.LEFT_OUT, began_at=now, reason=reason, run=None)


def _why(problem: Problem) -> str:
    return f"{problem.reason} ({problem.cure})" if problem.cure else problem.reason


def _run_of(missed: Incident) -> signals.RunInfo:
    return signals.RunInfo(
        id=missed.run or run_id(missed.entry, missed.began_at),
        entry=missed.entry,
        due_at=missed.began_at,
        attempt=0,
        reason=missed.reason,
    )
