"""Sending mail over SMTP: one connection for many mails, and errors that say what to do next."""

import re
import weakref
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.utils import getaddresses
from functools import cached_property

from beat_schedule import logs
from beat_schedule.clock import Clock, SystemClock
from beat_schedule.errors import Problem
from beat_schedule.settings import Settings

from .refusals import (
    MailServerError,
    MailSettingsError,
    RecipientWithheldError,
    ServerClosedError,
)
from .smtp import Connection, Server

log = logs.logger("hookbeat.mail")

#: Mails over one connection before a fresh one; many servers stop at a hundred.
MAILS_PER_CONNECTION = 100

#: Seven bits throughout, so that every server takes it.
_WIRE = policy.SMTP.clone(cte_type="7bit")

_DOMAIN = r"@[^\s@<>()\[\],;:\"]+"
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"]+" + _DOMAIN, re.ASCII)
_ALLOWED = re.compile(rf"{_ADDRESS.pattern}|{_DOMAIN}")


class SmtpMailer:
    """Satisfies `Mailer`; one per run. `close` it, or let it go."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._open: list[Connection] = []
        self._sent = 0
        self._next_at = self._clock.monotonic()
        weakref.finalize(self, _close_all, self._open)

    def check(self) -> None:
        """Raise MailSettingsError when nobody could be sent anything by these settings."""
        _ = self._server

    def send(self, message: EmailMessage) -> None:
        """Hand one message over, at most `mail_rate` a second.

        Raises RecipientRefusedError (for good), RecipientDelayedError (try later),
        DeliveryUnsureError (perhaps taken), RecipientWithheldError (allow-list), or
        MailServerError (the server takes nothing from us: stop).
        """
        self.check()
        recipients = _recipients(message)
        for recipient in recipients:
            if not self._is_allowed(recipient):
                raise RecipientWithheldError("not in HOOKBEAT_MAIL_ALLOW")
        self._complete(message)
        if self._settings.mail_dry_run:
            log.info("mail.withheld", message_id=str(message["Message-ID"]))
            return
        self._wait_turn()
        self._hand_over(_sender(message), recipients, message.as_bytes(policy=_WIRE))

    def close(self) -> None:
        """Say goodbye to the server, if we speak to it at all."""
        _close_all(self._open)

    @cached_property
    def _server(self) -> Server:
        problems = list(_problems(self._settings))
        try:
            server = Server.of(self._settings.smtp_url.get_secret_value())
        except ValueError as error:
            problems.insert(0, Problem("HOOKBEAT_SMTP_URL", str(error)))
        if problems:
            raise MailSettingsError("; ".join(map(str, problems)))
        return server

    def _is_allowed(self, address: str) -> bool:
        allowed = {name.lower() for name in self._settings.mail_allow}
        _, _, domain = address.lower().rpartition("@")
        return not allowed or bool(allowed & {address.lower(), f"@{domain}"})

    def _complete(self, message: EmailMessage) -> None:
        if "From" not in message:
            message["From"] = self._settings.mail_from
        if "Reply-To" not in message and self._settings.mail_reply_to:
            message["Reply-To"] = self._settings.mail_reply_to

    def _wait_turn(self) -> None:
        if not self._settings.mail_rate:
            return
        now = self._clock.monotonic()
        if self._next_at > now:
            self._clock.sleep(self._next_at - now)
        self._next_at = max(self._next_at, now) + 1 / self._settings.mail_rate

    def _hand_over(self, sender: str, recipients: list[str], content: bytes) -> None:
        for connection in (self._connection(), None):
            try:
                (connection or self._connection()).hand_over(sender, recipients, content)
            except ServerClosedError:
                # Idle too long, or enough mails for its taste: nothing was taken yet.
                self.close()
                continue
            except MailServerError:
                self.close()
                raise
            self._sent += 1
            return
        raise MailServerError(f"{self._server} closes every connection before it takes a mail")

    def _connection(self) -> Connection:
        if self._open and (not self._open[0].is_open or self._sent >= MAILS_PER_CONNECTION):
            self.close()
        if not self._open:
            self._open.append(self._server.connect())
            self._sent = 0
        return self._open[0]


def _close_all(connections: list[Connection]) -> None:
    while connections:
        connections.pop().close()


def _problems(settings: Settings) -> Iterator[Problem]:
    """What is wrong with who writes and who may be written to."""
    sender, reply_to = settings.mail_from, settings.mail_reply_to
    if len(_addresses(sender)) != 1:
        cure = "write name@example.org, or Name <name@example.org>"
        yield Problem("HOOKBEAT_MAIL_FROM", f"{sender!r} is no address a mail can be from", cure)
    if reply_to and not _addresses(reply_to):
        cure = "write name@example.org, or leave it empty"
        yield Problem("HOOKBEAT_MAIL_REPLY_TO", f"{reply_to!r} is no address", cure)
    for name in settings.mail_allow:
        if not _ALLOWED.fullmatch(name):
            cure = f"write @{name.strip('@') or 'example.org'} for everybody there"
            reason = f"{name!r} is neither an address nor a domain"
            yield Problem("HOOKBEAT_MAIL_ALLOW", reason, cure)


def _addresses(text: str) -> list[str]:
    """The addresses in a header's text; none when any of them could not go over the wire."""
    found = [address for _, address in getaddresses([text])] if text.isprintable() else []
    fit = all(address.isascii() and _ADDRESS.fullmatch(address) for address in found)
    return found if fit else []


def _recipients(message: EmailMessage) -> list[str]:
    headers = [str(value) for name in ("To", "Cc") for value in message.get_all(name, [])]
    return [address for _, address in getaddresses(headers)]


def _sender(message: EmailMessage) -> str:
    ((_, address),) = getaddresses([str(message["From"])])[:1]
    return address
