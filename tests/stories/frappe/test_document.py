"""The document's own example, from its hook to the mail: printed there, it could not run at all."""

from datetime import date

import pytest

from beat_schedule.store.engine import make_engine
from tests.library_house import House, text_of
from tests.project import Project

DAILY = "library_management.tasks.daily"


@pytest.fixture
def migrations():
    return ("tasks.library",)


@pytest.fixture
def library(bench: Project, sqlite_url, smtp_sink):
    """The function that the document's hook names is this repository's own."""
    bench.write("library_management/tasks.py", "from tasks.library import daily as daily\n")
    bench.set(
        migrations="tasks.library",
        providers="worker.providers:providers",
        smtp_url=smtp_sink.url,
        mail_from="test@example.com",
    )
    engine = make_engine(sqlite_url)
    yield House(engine=engine)
    engine.dispose()


def test_the_hook_finds_what_is_overdue_and_mails_each_member_once(bench, library, smtp_sink):
    library.set(loan_period="30")
    library.member("ada", name="Ada Lovelace")
    library.book("B-1", "Middlemarch")
    library.happens("issue", "B-1", "ada", date(2026, 1, 1))

    assert bench.done("check") == "1 entry, no problems\n"
    bench.done("run", DAILY, "--inline", "--at", "2026-01-31")
    assert smtp_sink.messages == []
    told = bench.told("run", DAILY, "--inline", "--at", "2026-02-01")
    again = bench.told("run", DAILY, "--inline", "--at", "2026-02-01")

    [mail] = smtp_sink.messages
    assert (mail["From"], mail["Subject"]) == ("test@example.com", "Library Articles Overdue")
    assert "Following Items are Overdue" in text_of(mail)
    assert "Please return them as soon as possible" in text_of(mail)
    assert "Middlemarch (B-1) due on 31 January 2026" in text_of(mail)
    assert (told["counts"]["overdue"], told["counts"]["sent"]) == (1, 1)
    assert again["counts"]["sent"] == 0
