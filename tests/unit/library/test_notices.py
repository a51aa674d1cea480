"""A notice as a mail."""

import uuid
from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import pytest

from tasks.library.notices import Item, Letter, Writer
from tasks.library.words import ENGLISH, FRENCH
from tests.library_house import html_of, text_of

AT = datetime(2026, 2, 1, 0, 5, tzinfo=UTC)
NOTICE = uuid.UUID("00000000-0000-5000-8000-000000000001")


def written(name="Ada Lovelace", title="Middlemarch", language="en", sender="library@example.org"):
    letter = Letter(
        notice_id=NOTICE,
        name=name,
        address="ada@example.org",
        language=language,
        items=(Item(article_id="A-1", title=title, due_on=date(2026, 1, 31)),),
    )
    content = Writer(sender, "desk@example.org").written(letter, AT).as_bytes()
    return message_from_bytes(content, policy=policy.default)


def test_a_notice_in_english():
    message = written()

    assert message["Subject"] == "Library Articles Overdue"
    assert text_of(message) == (
        "Dear Ada Lovelace,\n\nFollowing Items are Overdue\n\n"
        "Please return them as soon as possible\n\n"
        "1. Middlemarch (A-1) due on 31 January 2026\n\nYour library\n"
    )
    assert "<h2>Following Items are Overdue</h2>" in html_of(message)
    assert "<li>Middlemarch (A-1) due on 31 January 2026</li>" in html_of(message)


def test_a_notice_in_french():
    message = written(name="Émilie", language="fr")

    assert message["Subject"] == "Articles de la bibliothèque en retard"
    assert text_of(message) == (
        "Bonjour Émilie,\n\nLes articles suivants sont en retard\n\n"
        "Merci de les rapporter dès que possible\n\n"
        "1. Middlemarch (A-1) à rendre le 31 janvier 2026\n\nVotre bibliothèque\n"
    )
    assert '<html lang="fr">' in html_of(message)
    assert message["Content-Language"] == "fr"


def test_the_headers_say_who_writes_and_that_nobody_need_answer():
    message = written(sender="The Library <library@example.org>")

    assert message["From"] == "The Library <library@example.org>"
    assert message["Reply-To"] == "desk@example.org"
    assert message["To"] == "Ada Lovelace <ada@example.org>"
    assert message["Date"] == "Sun, 01 Feb 2026 00:05:00 +0000"
    assert message["Message-ID"] == f"<{NOTICE}@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "value",
    ["<b>R&D</b>", "<script>alert('x')</script>", '" onmouseover="x', "{{ 7 * 7 }}", "{name} %s"],
)
def test_values_are_shown_as_they_are_and_never_as_markup(value):
    message = written(name=value, title=value)

    page = html_of(message)
    assert value in text_of(message)
    assert not any(tag in page for tag in ("<b>", "<script>", '" onmouse', "49"))
    assert page.count("&lt;") == 2 * value.count("<")


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028"])
def test_a_name_cannot_forge_a_header(line_break):
    message = written(
        name=f"Ada{line_break}Bcc: victim@example.org{line_break}{line_break}<p>Pay here",
        title=f"One{line_break}2. Another (A-2)",
    )

    assert "Bcc" not in message
    assert message["To"].addresses[0].addr_spec == "ada@example.org"
    assert len(message["To"].addresses) == 1
    assert "1. One 2. Another (A-2) (A-1) due on" in text_of(message)


@pytest.mark.parametrize(
    "name", ["Ada, Countess", 'Zoë "Z" <evil@example.org>', "a@b", "王小明", ""]
)
def test_any_name_makes_exactly_one_recipient(name):
    message = written(name=name)

    assert [address.addr_spec for address in message["To"].addresses] == ["ada@example.org"]
    assert message["To"].addresses[0].display_name == name


def test_every_line_is_seven_bits_and_of_a_length_that_smtp_carries():
    letter = Letter(
        notice_id=NOTICE,
        name="É" * 300,
        address="ada@example.org",
        language="fr",
        items=tuple(Item(article_id="A", title="x" * 2000, due_on=AT.date()) for _ in range(3)),
    )

    content = Writer("library@example.org").written(letter, AT).as_bytes()

    assert max(content) < 128
    assert max(map(len, content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("day", "english", "french"),
    [
        (date(2026, 1, 1), "1 January 2026", "1er janvier 2026"),
        (date(2026, 2, 28), "28 February 2026", "28 février 2026"),
        (date(2026, 8, 11), "11 August 2026", "11 août 2026"),
        (date(2026, 12, 31), "31 December 2026", "31 décembre 2026"),
    ],
)
def test_dates_are_written_as_each_language_does(day, english, french):
    assert (ENGLISH.written(day), FRENCH.written(day)) == (english, french)
