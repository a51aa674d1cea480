"""`hookbeat run-due`: one pass without a beat, for a crontab line or a systemd timer."""

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from beat_schedule import actions, logs
from beat_schedule.apps import app_named, process_of
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.entries import Entry
from beat_schedule.errors import NotFoundError
from beat_schedule.runs.inline import StoppedError
from beat_schedule.runs.install import require_database
from beat_schedule.runs.process import Process
from beat_schedule.scheduler import Scheduler
from beat_schedule.settings import Settings

from . import asking, completing, timers
from .examples import examples
from .passed import Report

#: Least level logged, by how often `-v` is given.
_LEVELS = ("WARNING", "INFO", "DEBUG")


@examples(
    "hookbeat run-due",
    "hookbeat run-due --inline",
    "hookbeat run-due --print-crontab",
)
@click.command("run-due")
@click.option("--inline", is_flag=True, help="Carry out here what is due: needs no worker.")
@click.option(
    "--only",
    "names",
    metavar="NAME",
    multiple=True,
    help="Only this entry; may be given again.",
    shell_complete=completing.entries,
)
@click.option(
    "--all", "everything", is_flag=True, help="Run every entry of the code now, due or not."
)
@click.option(
    "--force", is_flag=True, help="With --all or --only: now, due or not, whatever holds it."
)
@click.option("-v", "--verbose", count=True, help="Log what is done; twice: in every detail.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong.")
@click.option("--print-crontab", "crontab", is_flag=True, help="Print a crontab, no more.")
@click.option("--print-systemd", "systemd", is_flag=True, help="Print two units, no more.")
@click.option(
    "--minutes",
    type=click.Choice([str(each) for each in timers.MINUTES]),
    default="5",
    show_default=True,
    help="What is printed: minutes from pass to pass.",
)
@asking.for_machines
@click.pass_obj
def run_due(
    settings: Settings,
    /,
    *,
    inline: bool,
    names: Sequence[str],
    everything: bool,
    force: bool,
    verbose: int,
    quiet: bool,
    minutes: str,
    as_json: bool,
    **timers_wanted: bool,
) -> None:
    """Decide what came due since the last pass, without a beat, and send it to the workers.

    Beside a beat, or another pass, nothing is done, and that is said. Exit 1 if a run failed that
    was carried out here, or if an entry could not be sent, or is left out for what is wrong in it.
    """
    _check(everything=everything, names=names, force=force)
    if timer := _timer(timers_wanted, now=everything or force):
        click.echo(timers.printed(timer, int(minutes), inline=inline, names=names))
        return
    require_database(settings)
    level = "ERROR" if quiet else _LEVELS[min(verbose, len(_LEVELS) - 1)]
    logs.configure(settings.model_copy(update={"log_level": level}))
    report = Report(settings, is_quiet=quiet or as_json)
    with _elsewhere(quiet=quiet, as_json=as_json):
        desk = _Desk.of(settings, report, inline=inline)
        try:
            if everything or force:
                desk.now(desk.entries(names), force=force)
            else:
                desk.due(desk.targets(names) if names else None)
            if not names and report.did_something:
                report.left_out(desk.process.problems)
        finally:
            desk.process.release()
    report.finish(as_json=as_json)
    sys.exit(report.exit_code)


@contextmanager
def _elsewhere(*, quiet: bool, as_json: bool) -> Iterator[None]:
    """What tasks print goes where nobody takes it for what is asked of us; the record has it."""
    with ExitStack() as until:
        if quiet:
            nowhere = until.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
            until.enter_context(redirect_stdout(nowhere))
        elif as_json:
            until.enter_context(redirect_stdout(sys.stderr))
        yield


def _check(*, everything: bool, names: Sequence[str], force: bool) -> None:
    if everything and names:
        raise click.UsageError("give --all or --only, not both")
    if force and not (everything or names):
        raise click.UsageError("--force goes with --all, or with --only NAME")


def _timer(wanted: Mapping[str, bool], *, now: bool) -> str:
    """What is to be printed; empty if nothing."""
    timer, *more = [name for name, is_wanted in wanted.items() if is_wanted] or [""]
    if more:
        raise click.UsageError("give --print-crontab or --print-systemd, not both")
    if timer and now:
        raise click.UsageError("a timer makes passes: print it without --all and --force")
    return timer


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where one is asked for, and who is told."""

    settings: Settings
    app: Any
    process: Process
    #: By clock, the entries as beats of this app have them, and whom these watch.
    shares: Mapping[str, Mapping[str, Any]]
    watches: Mapping[str, Any]
    report: Report
    inline: bool

    @classmethod
    def of(cls, settings: Settings, report: Report, *, inline: bool) -> "_Desk":
        app = app_named(settings.app)
        process = process_of(app)
        beat = Scheduler(app)
        return cls(settings, app, process, beat.shares(), beat.watches(), report, inline)

    def entries(self, names: Iterable[str]) -> list[Entry]:
        """Those of these names, as beats have them; else all that the code declares of our clocks.

        One that is named may be of a clock that is not ours, one that operators made, and a task
        without a time.
        """
        if not names:
            known = self.process.entries.values()
            ours = [entry for entry in known if entry.clock in self.shares]
            return list(actions.overlaid(self.settings, ours, most=0).entries)
        with actions.telling_unread(self.process.unread):
            return [
                actions.find_runnable(self.app, self.process, name, inline=self.inline)
                for name in names
            ]

    def targets(self, names: Iterable[str]) -> list[str]:
        """The keys of those of these names; also of those that operators made."""
        with actions.operator_of(self.settings) as operator:
            declared = operator.declared()
        known = self.process.entries
        with actions.telling_unread(self.process.unread):
            keys = [self._target(declared, name) for name in names]
        for key in keys:
            if key in known and known[key].clock not in self.shares:
                reason = f"{key} is of the clock {known[key].clock}: no pass over it is made here"
                raise NotFoundError(f"{reason} (HOOKBEAT_CLOCKS names clocks)")
        return keys

    def _target(self, declared: Collection[str], name: str) -> str:
        known = self.process.entries.values()
        try:
            return actions.find_target(known, declared, name)[0]
        except NotFoundError:
            if name not in self.app.tasks or any(each.task == name for each in known):
                raise
            reason = f"{name} says no time, and is due at no pass"
            raise NotFoundError(f"{reason} (--force runs it all the same)") from None

    def due(self, only: Collection[str] | None) -> None:
        """A pass, and what it leaves to us."""
        by = asking.os_user()
        terms = actions.Terms(by=by, only=only, inline=self.inline, watches=self.watches)
        for made in actions.passes(self.app, self.settings, self.shares, terms):
            self.report.passed(made)
            if not self._carry_out(made.jobs):
                return

    def now(self, entries: Sequence[Entry], *, force: bool) -> None:
        """Runs of their own, by workers or here."""
        if self.inline:
            at = self.process.clock.now()
            wanted = [PeriodicEntry.of(self.app, each) for each in entries]
            self._carry_out([actions.by_hand(each, at, force=force) for each in wanted])
            return
        for entry, answer in actions.run_each_now(self.app, self.settings, entries, force=force):
            self.report.asked(entry.key, answer)

    def _carry_out(self, jobs: Iterable[Any]) -> bool:
        """One after the other, whatever becomes of them; False if there is no going on."""
        return all(self._is_carried_out(job) for job in jobs)

    def _is_carried_out(self, job: Any) -> bool:
        try:
            return self.report.ran(job, actions.carry_out(self.app, self.process, job))
        except StoppedError as stopped:
            self.report.stopped(stopped, job)
            return False
