"""The mailer killed in the middle of its work: nobody is mailed twice, nobody is forgotten."""

import asyncio
import shutil
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from tests.servers import SmtpSink
from tests.system.installation import ROOT, Installation

HOOKS = """
scheduler_events = {"daily": ["tasks.library.daily"], "every": {"5m": ["tasks.library.deliver"]}}
"""
NUMBERS = range(30)
EVERYBODY = {f"m-{number}@example.org" for number in NUMBERS}
DAILY = ("hookbeat", "run", "tasks.library.daily", "--at", "2026-02-01", "--inline")
DELIVER = ("hookbeat", "run", "tasks.library.deliver", "--inline")


class Sink(SmtpSink):
    """Takes the eleventh mail and does not say so, when it is told to."""

    hesitates = False

    @property
    def mailed(self):
        """How many mails each address got."""
        return Counter(address for recipients in self.recipients for address in recipients)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 -- aiosmtpd calls it so
        answer = await super().handle_DATA(server, session, envelope)
        if self.hesitates and len(self.messages) == 11:
            # Ends when the other side is gone.
            await asyncio.Event().wait()
        return answer


@pytest.fixture
def sink():
    sink = Sink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def library(tmp_path, sink):
    """A library of its own in which each of thirty members has one loan overdue."""
    library = Installation(
        tmp_path,
        HOOKBEAT_MIGRATIONS="tasks.library",
        HOOKBEAT_PROVIDERS="worker.providers:providers",
        HOOKBEAT_SMTP_URL=sink.url,
    )
    shutil.copytree(ROOT / "tasks", tmp_path / "tasks")
    library.write("hooks.py", HOOKS)
    put(library, "members", "id,name,email,language", "M-{0},Ada,m-{0}@example.org,en")
    put(library, "articles", "id,title", "A-{0},Middlemarch")
    put(library, "transactions", "id,article,member,type,at", "T-{0},A-{0},M-{0},issue,2026-01-01")
    library.run("hookbeat", "migrate")
    library.run("python", "-m", "tasks.library", "import", ".")
    library.run("python", "-m", "tasks.library", "settings", "loan_period=30")
    yield library
    library.close()


def put(library, name, header, line):
    lines = [header, *(line.format(number) for number in NUMBERS)]
    library.write(f"{name}.csv", "\n".join(lines) + "\n")


def asked(library, statement):
    with closing(sqlite3.connect(library.folder / "hookbeat.db")) as connection, connection:
        return connection.execute(statement).fetchall()


def states(library):
    return Counter(state for (state,) in asked(library, "SELECT state FROM library_notice"))


def run_again(library):
    """The same run once more, and a delivery after the quarter hour that a claim lasts."""
    library.run(*DAILY)
    asked(
        library,
        "UPDATE library_notice SET claimed_at = '2026-01-01 00:00:00.000000' "
        "WHERE state = 'sending'",
    )
    library.run(*DELIVER)


def test_a_mailer_killed_while_the_server_takes_a_mail_sends_it_to_nobody_again(
    library, sink, wait_until
):
    sink.hesitates = True
    mailer = library.start(*DAILY)
    wait_until(lambda: len(sink.messages) == 11, within=60)

    mailer.kill()
    assert states(library) == {"sent": 10, "sending": 1, "queued": 19}
    sink.hesitates = False
    run_again(library)

    # The eleventh has the mail, and we cannot know: a person decides.
    assert states(library) == {"sent": 29, "unsure": 1}
    assert sink.mailed == dict.fromkeys(EVERYBODY, 1)


@pytest.mark.parametrize("after", [1, 15, 29])
def test_a_mailer_killed_at_any_moment_leaves_one_mail_in_doubt_at_most(
    library, sink, wait_until, after
):
    library.environ["HOOKBEAT_MAIL_RATE"] = "25"
    mailer = library.start(*DAILY)
    wait_until(lambda: len(sink.messages) >= after, within=60)

    mailer.kill()
    run_again(library)

    ended = states(library)
    assert ended["sent"] + ended["unsure"] == len(EVERYBODY)
    assert ended["unsure"] <= 1
    assert set(sink.mailed.values()) == {1}
    assert len(sink.mailed) >= ended["sent"]
