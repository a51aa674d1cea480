"""What the library promises its members and its librarians, told on one winter.

Read from top to bottom: each test is a promise; `House` is a library with an SMTP server.
"""

from datetime import date, timedelta

import pytest

from beat_schedule.settings import Settings
from beat_schedule.store.engine import make_engine
from tasks.library.errors import DeliveryStoppedError
from tests.library_house import House, html_of, text_of
from worker.mail import SmtpMailer

NEW_YEAR = date(2026, 1, 1)
#: Thirty days after New Year's Day.
LAST_DAY = date(2026, 1, 31)
DAY_AFTER = date(2026, 2, 1)
DAY = timedelta(days=1)


@pytest.fixture
def migrations():
    return ("tasks.library",)


@pytest.fixture
def library(sqlite_url, smtp_sink):
    settings = Settings(smtp_url=smtp_sink.url, mail_reply_to="desk@example.org")
    mailer = SmtpMailer(settings)
    engine = make_engine(sqlite_url)
    house = House(engine=engine, settings=settings, mailer=mailer)
    house.member("ada", name="Ada Lovelace", email="ada@example.org")
    house.member("emilie", name="Émilie du Châtelet", email="emilie@example.org", language="fr")
    house.book("B-1", "Middlemarch")
    house.book("B-2", "R&D in <b>bold</b>")
    yield house
    mailer.close()
    engine.dispose()


def test_a_book_may_be_kept_for_thirty_days_and_not_for_thirty_one(library, smtp_sink):
    library.happens("issue", "B-1", "ada", NEW_YEAR)

    library.run(LAST_DAY)
    assert smtp_sink.messages == []

    library.run(DAY_AFTER)
    [mail] = smtp_sink.messages
    assert mail["To"] == "Ada Lovelace <ada@example.org>"
    assert mail["Subject"] == "Library Articles Overdue"
    assert text_of(mail) == (
        "Dear Ada Lovelace,\n"
        "\n"
        "Following Items are Overdue\n"
        "\n"
        "Please return them as soon as possible\n"
        "\n"
        "1. Middlemarch (B-1) due on 31 January 2026\n"
        "\n"
        "Your library\n"
    )


def test_everybody_is_written_to_once_and_in_their_language(library, smtp_sink):
    library.happens("issue", "B-1", "emilie", NEW_YEAR)
    library.happens("issue", "B-2", "emilie", NEW_YEAR)

    library.run(DAY_AFTER)
    library.run(DAY_AFTER)

    [mail] = smtp_sink.messages
    assert mail["Subject"] == "Articles de la bibliothèque en retard"
    assert "Middlemarch (B-1) à rendre le 31 janvier 2026" in html_of(mail)
    assert "R&amp;D in &lt;b&gt;bold&lt;/b&gt; (B-2)" in html_of(mail)


def test_who_brings_it_back_hears_no_more_and_who_does_not_hears_three_times(library, smtp_sink):
    library.happens("issue", "B-1", "ada", NEW_YEAR)
    library.happens("issue", "B-2", "emilie", NEW_YEAR)
    library.run(DAY_AFTER)
    library.happens("return", "B-1", "ada", DAY_AFTER)

    for days in range(1, 100):
        library.run(DAY_AFTER + days * DAY)

    readers = [str(mail["To"]).rpartition("<")[2] for mail in smtp_sink.messages]
    assert sorted(readers) == ["ada@example.org>"] + ["emilie@example.org>"] * 3


def test_one_member_s_trouble_is_not_another_s(library, smtp_sink):
    library.member("nobody", email=None)
    library.book("B-3")
    library.happens("issue", "B-1", "ada", NEW_YEAR)
    library.happens("issue", "B-2", "emilie", NEW_YEAR)
    library.happens("issue", "B-3", "nobody", NEW_YEAR)
    smtp_sink.refuse("ada@example.org")

    counts = library.run(DAY_AFTER)

    assert counts == {
        "overdue": 3,
        "members": 3,
        "queued": 2,
        "sent": 1,
        "no_address": 1,
        "failed": 1,
    }


def test_a_mail_server_that_refuses_everything_costs_time_and_no_notice(library, smtp_sink):
    library.happens("issue", "B-1", "ada", NEW_YEAR)
    library.happens("issue", "B-2", "emilie", NEW_YEAR)
    smtp_sink.refuse_all()

    with pytest.raises(DeliveryStoppedError, match="2 notices are queued and nothing is lost"):
        library.run(DAY_AFTER)

    smtp_sink.accept_all()
    library.clock.advance(timedelta(minutes=5))
    assert library.deliver()["sent"] == 2


def test_a_whole_morning_of_notices_takes_one_connection(library, smtp_sink):
    for number in range(50):
        library.lend(f"A-{number}", f"M-{number}")

    library.run(DAY_AFTER)

    assert (len(smtp_sink.messages), smtp_sink.connections) == (50, 1)
