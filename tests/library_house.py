"""A small library for tests: members, articles, loans, and runs over them."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine, func, select
from structlog.testing import LogCapture

from beat_schedule.clock import Clock
from beat_schedule.runs.context import Mailer, RunContext
from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_sessions
from beat_schedule.testing import ManualClock
from tasks.library import daily, deliver
from tasks.library.models import Article, Kind, Member, Notice, Setting, Transaction

#: The day most tests run for; a loan of thirty days made on 1 January is due on the 31st.
TODAY = date(2026, 2, 1)


class Postbox:
    """A mailer that keeps what it is given, and raises what it is told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        #: By address: raised instead of taking the mail.
        self.errors: dict[str, Exception] = {}
        self.error: Exception | None = None

    def send(self, message: EmailMessage) -> None:
        address = message["To"].addresses[0].addr_spec
        if error := self.error or self.errors.get(address):
            raise error
        self.messages.append(message)

    @property
    def addresses(self) -> list[str]:
        return [message["To"].addresses[0].addr_spec for message in self.messages]


@dataclass(kw_only=True)
class House:
    """The library in one database."""

    engine: Engine
    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(
        default_factory=lambda: ManualClock(datetime(2026, 2, 1, 0, 5, tzinfo=UTC))
    )
    mailer: Mailer = field(default_factory=Postbox)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    #: What tasks logged; `log.entries` are dicts.
    log: LogCapture = field(default_factory=LogCapture)

    def __post_init__(self) -> None:
        self.sessions = make_sessions(self.engine)
        self.set(loan_period="30")

    @property
    def postbox(self) -> Postbox:
        assert isinstance(self.mailer, Postbox)
        return self.mailer

    def set(self, **texts: str) -> None:
        with self.sessions.begin() as session:
            for name, value in texts.items():
                session.merge(Setting(name=name, value=value))

    def forget(self, name: str) -> None:
        with self.sessions.begin() as session:
            session.delete(session.get_one(Setting, name))

    def member(self, key: str = "M-1", **values: Any) -> str:
        values = {"name": f"Member {key}", "email": f"{key.lower()}@example.org"} | values
        with self.sessions.begin() as session:
            session.merge(Member(id=key, **values))
        return key

    def book(self, key: str = "A-1", title: str | None = None) -> str:
        with self.sessions.begin() as session:
            session.merge(Article(id=key, title=title or f"Title of {key}"))
        return key

    def happens(
        self, kind: str, article: str, member: str, on: date, at: time = time(12), **values: Any
    ) -> str:
        """Record a transaction; later calls are later lines."""
        instant = datetime.combine(on, at, self.zone)
        with self.sessions.begin() as session:
            number = (session.scalar(select(func.max(Transaction.sequence))) or 0) + 1
            row = {
                "id": f"T-{number}",
                "article_id": article,
                "member_id": member,
                "type": Kind(kind),
                "at": instant,
                "sequence": number,
                "recorded_at": self.clock.now(),
            }
            session.add(Transaction(**row | values))
            return str((row | values)["id"])

    def lend(self, article: str = "A-1", member: str = "M-1", days_ago: int = 31) -> str:
        """Member and book come into being with their first loan."""
        with self.sessions() as session:
            is_member, is_book = session.get(Member, member), session.get(Article, article)
        if not is_member:
            self.member(member)
        if not is_book:
            self.book(article)
        return self.happens("issue", article, member, TODAY - timedelta(days=days_ago))

    def run(self, on: date = TODAY, task: Any = daily, **changes: Any) -> dict[str, Any]:
        """Run a task for that date; the counts it reported."""
        with self.sessions() as session:
            context = RunContext(
                **{
                    "run_id": uuid.uuid4(),
                    "entry": "tasks.library.daily",
                    "due_at": datetime.combine(on, time(), self.zone).astimezone(UTC),
                    "attempt": 1,
                    "session": session,
                    "settings": self.settings,
                    "clock": self.clock,
                    "log": structlog.wrap_logger(None, processors=[self.log]),
                    "mailer": self.mailer,
                }
                | changes
            )
            self.counts = context.counts
            task(context)
            session.commit()
        return context.counts

    def deliver(self) -> dict[str, Any]:
        return self.run(task=deliver)

    def told(self, on: date = TODAY, **changes: Any) -> dict[str, Any]:
        """The counts that are not nought."""
        return {name: count for name, count in self.run(on, **changes).items() if count}

    def states(self) -> list[str]:
        with self.sessions() as session:
            rows = session.scalars(select(Notice).order_by(Notice.member_id, Notice.queued_at))
            return [f"{row.member_id} {row.state}" for row in rows]


def lend_to(house: House, count: int) -> None:
    """One loan a day overdue to each of so many members."""
    for number in range(1, count + 1):
        house.lend(f"A-{number}", f"M-{number}")


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())
