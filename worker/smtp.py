"""One SMTP conversation, step by step, so that every failure is known for what it is."""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from beat_schedule.urls import smtp_url

from .refusals import (
    DeliveryUnsureError,
    MailError,
    MailServerError,
    RecipientDelayedError,
    RecipientRefusedError,
    ServerClosedError,
)

#: Seconds that any one answer may take.
TIMEOUT = 10

_TAKEN = (250, 251)
_GO_ON = 354
_CLOSING = 421
_FOR_GOOD = 500
_QUOTING = (
    "in user and password write @ as %40, / as %2F, # as %23, ? as %3F, % as %25, a blank as %20"
)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where mail goes and how we sign in."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    starttls: bool = False

    @classmethod
    def of(cls, url: str) -> Self:
        """Read `smtp://[user:password@]host:port`, `smtps://…` or `smtp://…?starttls=true`.

        Raises ValueError with the cure, and without quoting what may be a password.
        """
        if not url.isprintable():
            raise ValueError("holds a line break or another character that cannot be seen")
        parts = urlsplit(smtp_url(url))
        if complaints := list(_complaints(parts)):
            raise ValueError("; it ".join(complaints))
        tls, starttls = parts.scheme == "smtps", _wants_starttls(parts)
        return cls(
            host=parts.hostname or "",
            port=parts.port or (465 if tls else 587 if starttls else 25),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=tls,
            starttls=starttls,
        )

    def __str__(self) -> str:
        return f"the mail server at {self.host}:{self.port}"

    def connect(self) -> "Connection":
        """An open, signed-in connection; raises MailServerError with what to do."""
        try:
            smtp = self._dialled()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise MailServerError(
                f"{self} cannot be reached: {_words(error)}; check HOOKBEAT_SMTP_URL"
            ) from error
        try:
            self._sign_in(smtp)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            smtp.close()
            raise MailServerError(
                f"{self} does not let us in: {_words(error)}; check HOOKBEAT_SMTP_URL"
            ) from error
        return Connection(smtp, str(self))

    def _dialled(self) -> smtplib.SMTP:
        name = socket.gethostname()
        if self.tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, name, timeout=TIMEOUT, context=context)
        return smtplib.SMTP(self.host, self.port, name, timeout=TIMEOUT)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self.starttls:
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if self.user:
            smtp.login(self.user, self.password)


class Connection:
    """An open connection over which mails go one by one."""

    def __init__(self, smtp: smtplib.SMTP, server: str) -> None:
        self._smtp = smtp
        self._server = server

    @property
    def is_open(self) -> bool:
        return self._smtp.sock is not None

    def hand_over(self, sender: str, recipients: Sequence[str], content: bytes) -> None:
        """One mail from MAIL to the server's 250."""
        self._ask(f"MAIL FROM:<{sender}>", from_us=True)
        for recipient in recipients:
            self._ask(f"RCPT TO:<{recipient}>")
        self._ask("DATA", expected=(_GO_ON,))
        self._content(content)

    def close(self) -> None:
        """Say QUIT if the server still listens; never raises."""
        try:
            self._smtp.quit()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()

    def _ask(
        self, command: str, *, expected: Sequence[int] = _TAKEN, from_us: bool = False
    ) -> None:
        try:
            code, text = self._smtp.docmd(command)
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            raise ServerClosedError(f"{self._server} closed: {_words(error)}") from error
        if code == _CLOSING:
            self._smtp.close()
            raise ServerClosedError(f"{self._server} closed: {_reply(code, text)}")
        if code in expected:
            return
        if from_us:
            raise MailServerError(
                f"{self._server} takes no mail from us: {_reply(code, text)}; "
                "check HOOKBEAT_MAIL_FROM and HOOKBEAT_SMTP_URL"
            )
        self._reset()
        raise _refusal(code, text)

    def _content(self, content: bytes) -> None:
        dotted = re.sub(rb"(?m)^\.", b"..", content)
        end = b".\r\n" if dotted.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            self._smtp.send(dotted + end)
            code, text = self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            raise DeliveryUnsureError(f"no answer after the mail: {_words(error)}") from error
        if code == _CLOSING:
            self._smtp.close()
        if code not in _TAKEN:
            raise _refusal(code, text)

    def _reset(self) -> None:
        """End a transaction that came to nothing; a server that cannot is left."""
        try:
            code, _ = self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            code = _CLOSING
        if code not in _TAKEN:
            self._smtp.close()


def _complaints(parts: SplitResult) -> Iterator[str]:
    """Why this URL would not be read as it was meant."""
    secrets = parts.netloc.rpartition("@")[0]
    if "@" in secrets or " " in parts.geturl() or _STRAY_PERCENT.search(secrets):
        yield f"has a user or a password that cannot stand in a URL as it is: {_QUOTING}"
    if parts.path not in {"", "/"} or parts.fragment:
        yield f"goes on where it ends after the port; {_QUOTING}"
    if not _is_host(parts.hostname or ""):
        yield "names no server: write smtp://host:port"
    if parts.password and not parts.username:
        yield "has a password and no user: write smtp://user:password@host:port"
    if not unquote(secrets).isascii():
        yield "has a user or a password with characters outside of ASCII, which SMTP cannot carry"
    if parts.scheme == "smtps" and _wants_starttls(parts):
        yield "asks for TLS twice: smtps:// has it from the start, so leave out starttls=true"


def _wants_starttls(parts: SplitResult) -> bool:
    wishes = parse_qs(parts.query).get("starttls", ["false"])
    return wishes[-1].lower() in {"1", "true", "yes", "on"}


def _is_host(name: str) -> bool:
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False


def _refusal(code: int, text: bytes) -> MailError:
    """The code alone: servers like to repeat the address in their words."""
    found = _ENHANCED.match(text.decode("utf-8", "replace"))
    enhanced = found[0] if found else ""
    said = f"{code} {enhanced}".strip()
    if code < _FOR_GOOD:
        return RecipientDelayedError(f"delayed {said}")
    refused = RecipientRefusedError(f"refused {said}")
    refused.is_about_mailbox = enhanced.startswith("5.1.")
    return refused


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return _reply(error.smtp_code, said if isinstance(said, bytes) else said.encode())
    return str(error) or type(error).__name__


def _reply(code: int, text: bytes) -> str:
    return f"{code} {' '.join(text.decode('utf-8', 'replace').split())}"
