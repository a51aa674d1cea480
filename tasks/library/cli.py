"""The librarian's commands: import, settings, sample, outbox, retry, opt-out."""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from beat_schedule.clock import SystemClock
from beat_schedule.errors import HookbeatError
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine, make_readers, make_sessions

from . import desk
from .importing.folder import Import, Imported
from .importing.progress import bar
from .models import Notice, NoticeState
from .sample.write import Sample, write_sample
from .settings.changing import assignments, change
from .settings.shelf import kept_texts
from .settings.specs import SPECS, parsed

CLOCK = SystemClock()

#: Doubts shown one by one; the rest are counted.
DOUBTS_SHOWN = 20


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def library() -> None:
    """Members, articles, loans, and the notices about overdue ones."""


def main() -> None:
    """Run a command; what is wrong is said in one piece and without a traceback."""
    try:
        library()
    except HookbeatError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)


@library.command(name="import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def import_(folder: Path) -> None:
    """Take over members.csv, articles.csv and transactions.csv of FOLDER.

    Exits 1 when any line was bad; every good one is imported all the same.
    """
    with _database() as (engine, zone):
        done = _imported(engine, zone, folder)
    sys.exit(any(file.bad for file in done))


@library.command()
@click.argument("assigned", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--all-loans", is_flag=True, help="A new loan_period also holds for loans made before today."
)
def settings(assigned: Sequence[str], *, all_loans: bool) -> None:
    """Show the library's settings, or set some of them."""
    texts = assignments(assigned)
    with _database() as (engine, zone):
        today = _today(zone)
        with make_sessions(engine).begin() as session:
            kept = change(session, texts, today=today, all_loans=all_loans) if texts else {}
        if not kept:
            _show_settings(engine, zone)
    for name, value in kept.items():
        click.echo(f"{name} = {value}")
        if value != texts[name]:
            click.echo(
                "  Loans made before keep the period under which they were made; "
                "--all-loans changes those too."
            )


@library.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--members", default=200, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--seed", default=1, show_default=True, help="Another seed, other loans.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day for which loans are just due or just overdue; today unless given.",
)
def sample(folder: Path | None, members: int, seed: int, on: datetime | None) -> None:
    """Make a believable library with many edge cases and import it.

    With FOLDER the three files are written there instead, and nothing is imported.
    """
    if folder is not None:
        zone = Settings.read().zone
        write_sample(folder, _sample(members, seed, on, zone))
        click.echo(f"wrote {', '.join(sorted(path.name for path in folder.glob('*.csv')))}")
        return
    with _database() as (engine, zone), tempfile.TemporaryDirectory() as made:
        write_sample(Path(made), _sample(members, seed, on, zone))
        done = _imported(engine, zone, Path(made))
        with make_sessions(engine).begin() as session:
            if "loan_period" not in kept_texts(session):
                change(session, {"loan_period": "30"}, today=_today(zone), all_loans=True)
                click.echo("loan_period = 30")
    sys.exit(any(file.bad for file in done))


@library.command()
@click.option("--state", help="Only notices in this state, such as failed or unsure.")
def outbox(state: str | None) -> None:
    """List the notices that are not sent, by id; or those in one state."""
    with _database() as (engine, zone), make_readers(engine)() as session:
        found: Counter[str] = Counter()
        for notice in desk.notices(session, state):
            found[notice.state] += 1
            click.echo(_line(notice, zone))
    click.echo(", ".join(f"{name} {count}" for name, count in sorted(found.items())) or "nothing")


@library.command()
@click.argument("notices", nargs=-1, metavar="[NOTICE]...")
@click.option("--state", help="All notices that are failed, unsure, no address or withheld.")
@click.option("--all", "everything", is_flag=True, help="All of these, save the unsure ones.")
def retry(notices: Sequence[str], state: str | None, *, everything: bool) -> None:
    """Queue notices again that failed, or that a person knows were not delivered.

    NOTICE is an id, or how it begins.
    """
    if [bool(notices), state is not None, everything].count(True) != 1:
        raise click.UsageError("name notices, or --state, or --all")
    with _database() as (engine, _), make_sessions(engine).begin() as session:
        if notices:
            done = desk.queue_again(session, notices, CLOCK.now())
        else:
            done = desk.Retried(desk.queue_all_again(session, state, CLOCK.now()))
        unsure = desk.unsure(session) if everything else 0
    for name, reason in done.left:
        click.echo(f"{name}: {reason}", err=True)
    if unsure:
        click.echo(f"{unsure} unsure left out: ask the member first, then `retry --state unsure`")
    click.echo(f"queued {done.queued} of {done.queued + len(done.left)}{_afterwards(done, state)}")
    sys.exit(bool(done.left))


def _afterwards(done: desk.Retried, state: str | None) -> str:
    if done.queued:
        return "; tasks.library.deliver sends them"
    return "" if done.left else f": no notice is {state or 'open to it'}"


def _line(notice: Notice, zone: ZoneInfo) -> str:
    """A notice of the outbox: ids, and nothing of what they mean."""
    said = f"{notice.id} {notice.member_id} {notice.on_date} {notice.state}"
    if notice.reason:
        said += f" ({notice.reason})"
    if notice.state is NoticeState.QUEUED:
        said += f", next try {notice.next_try_at.astimezone(zone):%Y-%m-%d %H:%M}"
    return said


@library.command(name="opt-out")
@click.argument("member")
@click.option("--undo", is_flag=True, help="Let them have notices again.")
def opt_out(member: str, *, undo: bool) -> None:
    """Send MEMBER no more notices."""
    with _database() as (engine, _), make_sessions(engine).begin() as session:
        desk.opt_out(session, member, opted_out=not undo)
    click.echo(f"{member} {'gets notices again' if undo else 'gets no more notices'}")


@contextmanager
def _database() -> Iterator[tuple[Engine, ZoneInfo]]:
    """The engine that the environment names, and the library's zone."""
    house = Settings.read()
    engine = make_engine(house.database_url.get_secret_value())
    try:
        with make_readers(engine)() as session:
            kept = kept_texts(session)
        values, _ = parsed({"timezone": kept.get("timezone", house.timezone)})
        yield engine, values.get("timezone", house.zone)
    finally:
        engine.dispose()


def _today(zone: ZoneInfo) -> date:
    return CLOCK.now().astimezone(zone).date()


def _sample(members: int, seed: int, on: datetime | None, zone: ZoneInfo) -> Sample:
    return Sample(members=members, seed=seed, on=on.date() if on else _today(zone))


def _imported(engine: Engine, zone: ZoneInfo, folder: Path) -> list[Imported]:
    doubts: list[str] = []
    shown = Counter[str]()

    def doubt(row: object) -> None:
        shown["doubts"] += 1
        if len(doubts) < DOUBTS_SHOWN:
            doubts.append(str(row))

    with bar(folder) as (console, advance):
        done = Import(
            engine=engine,
            folder=folder,
            zone=zone,
            clock=CLOCK,
            on_bad=lambda row: console.print(str(row), style="red", markup=False, soft_wrap=True),
            on_doubt=doubt,
            on_progress=advance,
        ).carry_out()
    for line in doubts:
        click.echo(f"warning: {line}", err=True)
    if shown["doubts"] > len(doubts):
        click.echo(f"warning: {shown['doubts'] - len(doubts)} more like these", err=True)
    for file in done:
        same = file.good - file.new - file.changed
        click.echo(
            f"{file.file}: {file.new} new, {file.changed} changed, {same} as before, {file.bad} bad"
        )
    return done


def _show_settings(engine: Engine, zone: ZoneInfo) -> None:
    with make_readers(engine)() as session:
        kept = kept_texts(session)
    elsewhere = {"loan_period": "not set", "timezone": zone.key}
    table = Table("name", "value", "", "meaning", box=None, pad_edge=False)
    for spec in SPECS.values():
        value = kept.get(spec.name, spec.default or elsewhere.get(spec.name))
        table.add_row(spec.name, value, "set" if spec.name in kept else "default", spec.meaning)
    Console().print(table)
