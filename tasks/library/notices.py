"""A notice as a mail: text and HTML, in the member's language, every value escaped."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cached_property

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from .words import WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One overdue loan, as the member sees it."""

    article_id: str
    title: str
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Everything that a notice says."""

    notice_id: uuid.UUID
    name: str
    address: str
    language: str
    items: Sequence[Item]


def one_line(text: str) -> str:
    """The text without line breaks and other control characters: nothing to forge a header with."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())


class Writer:
    """Writes letters; one a run, so that templates are compiled once."""

    def __init__(self, sender: str, reply_to: str = "") -> None:
        self._sender = sender
        self._reply_to = reply_to

    def written(self, letter: Letter, at: datetime) -> EmailMessage:
        """The mail. Its Message-ID is the notice's: sent again, it is the same mail."""
        words = WORDS[letter.language]
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = self._sender
        message["To"] = Address(one_line(letter.name), addr_spec=letter.address)
        if self._reply_to:
            message["Reply-To"] = self._reply_to
        message["Subject"] = words.subject
        message["Date"] = at
        message["Message-ID"] = f"<{letter.notice_id}@{_domain(self._sender)}>"
        message["Auto-Submitted"] = "auto-generated"
        # Quoted-printable: seven bits for every server, and still legible in a file.
        cte = "quoted-printable"
        message.set_content(self._rendered("notice.txt", letter), cte=cte)
        message.add_alternative(self._rendered("notice.html", letter), subtype="html", cte=cte)
        message["Content-Language"] = words.code
        return message

    def _rendered(self, template: str, letter: Letter) -> str:
        items = [
            Item(article_id=one_line(i.article_id), title=one_line(i.title), due_on=i.due_on)
            for i in letter.items
        ]
        return self._templates.get_template(template).render(
            words=WORDS[letter.language], name=one_line(letter.name), items=items
        )

    @cached_property
    def _templates(self) -> Environment:
        return Environment(
            loader=PackageLoader("tasks.library"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
        )


def _domain(sender: str) -> str:
    """The sender's domain, of `library@example.org` as of `The Library <library@example.org>`."""
    return sender.rpartition("@")[2].strip(" >") or "localhost"
