"""What a pass did, as it is told: line by line to people, at the end to machines."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import click
from rich.text import Text

from beat_schedule.actions import Answer
from beat_schedule.decisions import Decided
from beat_schedule.dispatch.errand import Job
from beat_schedule.dispatch.one_pass import Made
from beat_schedule.dispatch.operator import SeenBeat
from beat_schedule.errors import NotFoundError, Problem
from beat_schedule.keys import MAIN
from beat_schedule.runs.gate import Held
from beat_schedule.runs.inline import StoppedError
from beat_schedule.runs.verdict import Dropped, Verdict
from beat_schedule.settings import Settings
from beat_schedule.store.record import FAILURES, RunRecord, run_named

from . import run_words, tables, words
from .record import reader_of
from .words import iso


@dataclass(slots=True)
class Report:
    """Gathers what came of it, and tells it at once unless it is to be quiet."""

    settings: Settings
    is_quiet: bool
    passes: list[Made] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    runs: list[RunRecord] = field(default_factory=list)
    #: What was not carried out here, and why.
    not_run: list[dict[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _stopped: StoppedError | None = None

    @property
    def exit_code(self) -> Any:
        if self._stopped:
            return self._stopped.code
        return 1 if self.problems else 0

    def passed(self, made: Made) -> None:
        """A pass was made, or somebody was in the way."""
        self.passes.append(made)
        if made.in_the_way:
            self._say(_in_the_way(made.in_the_way, made.clock))
            return
        if made.decided:
            self._show(made)
        elif not made.jobs:
            self._say(f"nothing was due{_of(made.clock)}")
        for key, owing in made.owing.items():
            said = f"{key} owes what was due at {words.instant(owing.due_at)}: {owing.why}"
            if key in made.troubles:
                self._complain(said)
            else:
                self._say(said)

    def asked(self, key: str, answer: Answer) -> None:
        """A run was asked for, due or not."""
        self.answers[key] = answer
        if answer.error:
            self._complain(f"{key} could not be sent: {answer.error}")
        elif answer.run:
            self._say(f"sent: {key}, run {answer.run}")
        elif answer.held:
            self._say(f"not sent: {words.target(answer.held.target)} {words.hold(answer.held)}")
        else:
            self._say(f"not sent: run {answer.overlap} of {key} waits or runs")

    @property
    def did_something(self) -> bool:
        """Whether it was not all left to a beat, or to another pass."""
        return not self.passes or any(made.in_the_way is None for made in self.passes)

    def left_out(self, problems: Iterable[Problem]) -> None:
        """What is declared and cannot be used: nobody else would tell where no beat is."""
        for each in problems:
            self._complain(f"left out: {each}")

    def ran(self, job: Job, verdict: Verdict | None) -> bool:
        """A run was carried out; False if the next one cannot be."""
        if isinstance(verdict, Held):
            self._complain(f"{job.entry.key} could not start: {verdict.reason}")
            return False
        if isinstance(verdict, Dropped):
            left = {"entry": job.entry.key, "run": str(job.run), "reason": verdict.reason}
            self.not_run.append(left)
            self._say(f"not run: {job.entry.key}: {verdict.reason}")
            return True
        self._tell_ended(job)
        return True

    def stopped(self, stopped: StoppedError, job: Job) -> None:
        """A signal ended a run, and so all of it."""
        self._stopped = stopped
        self._complain(f"{job.entry.key}: {stopped}; what it left is carried out later")

    def finish(self, *, as_json: bool) -> None:
        if as_json:
            click.echo(json.dumps(self._as_json(), indent=2))

    def _tell_ended(self, job: Job) -> None:
        try:
            with reader_of(self.settings) as session:
                run = run_named(session, str(job.run))
        except NotFoundError:
            self._complain(f"{job.entry.key} left no record: see the log")
            return
        self.runs.append(run)
        told = _ended(run)
        if run.outcome in FAILURES:
            self._complain(f"{told}\nall about it: hookbeat logs {run.short_id}")
        else:
            self._say(told)

    def _say(self, line: str) -> None:
        if not self.is_quiet:
            click.echo(line)

    def _complain(self, line: str) -> None:
        self.problems.append(line)
        click.echo(line, err=True)

    def _show(self, made: Made) -> None:
        if self.is_quiet:
            return
        table = tables.table("due", "entry", "decision", "why")
        for each in made.decided:
            table.add_row(
                words.instant(each.last_due),
                Text(each.entry, style="bold"),
                f"{each.decision}{f' ({each.count})' if each.count > 1 else ''}",
                Text(each.reason),
            )
        tables.console().print(table)

    def _as_json(self) -> dict[str, Any]:
        return {
            "at": iso(self.passes[0].at) if self.passes else None,
            "in_the_way": [_other(made) for made in self.passes if made.in_the_way],
            "decided": [_as_json(each) for made in self.passes for each in made.decided],
            "owing": {
                key: {"due_at": iso(owing.due_at), "why": owing.why}
                for made in {made.clock: made for made in self.passes}.values()
                for key, owing in made.owing.items()
            },
            "asked": {key: _answer(answer) for key, answer in self.answers.items()},
            "runs": [run_words.as_json(run) for run in self.runs],
            "not_run": self.not_run,
            "problems": self.problems,
        }


def _in_the_way(other: SeenBeat, clock: str) -> str:
    if other.card.by:
        return f"{other.card.by} makes a pass at this moment: this one{_of(clock)} was not made"
    return f"the beat {other.id} decides what is due{_of(clock)}: no pass was made"


def _of(clock: str) -> str:
    return "" if clock == MAIN else f" of the clock {clock}"


def _other(made: Made) -> dict[str, str | None]:
    assert made.in_the_way  # noqa: S101 -- for mypy
    return {"clock": made.clock, "id": made.in_the_way.id, "by": made.in_the_way.card.by or None}


def _ended(run: RunRecord) -> str:
    took = f" in {words.duration(run.took)}" if run.took else ""
    more = "; ".join(filter(None, [run_words.counts(run.counts), run_words.goes_on(run)]))
    why = (run.error or run.reason or "").partition("\n")[0]
    told = f"{run.ending}: {run.entry}{took}{f' ({more})' if more else ''}"
    return f"{told}: {why}" if why else told


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "run": answer.run and str(answer.run),
        "held": answer.held and words.hold_as_json(answer.held),
        "overlap": answer.overlap or None,
    }


def _as_json(each: Decided) -> dict[str, Any]:
    return {
        "entry": each.entry,
        "first_due_at": iso(each.first_due),
        "last_due_at": iso(each.last_due),
        "count": each.count,
        "decision": str(each.decision),
        "reason": each.reason,
        "run": each.run and str(each.run),
    }
