"""What the demo shows at its end: the run's record, the first notice, where to look further."""

from collections.abc import Sequence
from email.message import EmailMessage

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from beat_schedule.store.models import Outcome, Run

from .house import House


def show_run(
    console: Console, run: Run, others: Sequence[Run], mails: Sequence[EmailMessage]
) -> bool:
    """Show the record and the first notice; True when every notice was delivered.

    `others` are the runs beside it, which may have delivered some of what it queued.
    """
    console.print(_record(run))
    if run.error:
        console.print(Text(run.error, style="red"))
    if mails:
        console.print(Panel(Text(_as_text(mails[0])), title="the first notice", expand=False))
    counts = {"no_address": _count([run], "no_address")}
    counts |= {name: _count([run, *others], name) for name in ("sent", "failed")}
    line = "overdue notices: sent {sent}, no address {no_address}, failed {failed}"
    console.print(line.format(**counts), highlight=False)
    arrived = 0 < counts["sent"] == len(mails)
    return arrived and run.outcome is Outcome.SUCCEEDED and not counts["failed"]


def show_next_steps(console: Console, house: House) -> None:
    console.print("\n[bold]Everything stays up until Ctrl-C.[/] In another terminal:")
    for command, what in (
        (f"source {house.shell_file}", "the demo's folder, settings and commands"),
        ("celery -A worker inspect registered", "what the worker can run"),
        ("celery -A worker inspect active", "what it runs now"),
        ("hookbeat list", "what runs when"),
        ("hookbeat runs", "what ran, and how it ended"),
        ("hookbeat run tasks.library.daily", "run it again: nobody is mailed twice"),
        (f"ls {house.sink.folder}", "the mails"),
    ):
        console.print(f"  {command:<40}  [dim]{what}[/]", highlight=False, soft_wrap=True)


def _count(runs: Sequence[Run], name: str) -> int:
    return sum(int(run.counts.get(name, 0)) for run in runs)


def _record(run: Run) -> Table:
    table = Table(title="the run's record", title_justify="left", show_header=False)
    took = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
    for name, value in (
        ("run", run.id),
        ("entry", run.entry),
        ("due", run.due_at),
        ("trigger", run.trigger),
        ("queued", run.queued_at),
        ("started", run.started_at),
        ("took", f"{took:.2f} s" if took is not None else "-"),
        ("worker", run.worker),
        ("attempt", run.attempt),
        ("outcome", run.outcome),
        ("counts", ", ".join(f"{name} {count}" for name, count in run.counts.items())),
    ):
        table.add_row(name, str(value))
    return table


def _as_text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    head = "\n".join(f"{name}: {mail[name]}" for name in ("From", "To", "Subject"))
    return f"{head}\n\n{body.get_content().strip() if body else ''}"
