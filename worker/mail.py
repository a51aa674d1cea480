"""Sending mail over SMTP: one connection for many mails, and errors that say what to do next."""

import logging
import weakref
from email import policy
from email.message import EmailMessage
from email.utils import getaddresses

from beat_schedule.clock import Clock, SystemClock
from beat_schedule.settings import Settings

from .refusals import MailServerError, RecipientWithheldError, ServerClosedError
from .smtp import Connection, Server

log = logging.getLogger(__name__)

#: Mails over one connection before a fresh one; many servers stop at a hundred.
MAILS_PER_CONNECTION = 100

#: Seven bits throughout, so that every server takes it.
_WIRE = policy.SMTP.clone(cte_type="7bit")


class SmtpMailer:
    """Satisfies `Mailer`; one per run. `close` it, or let it go."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._server = Server.of(settings.smtp_url.get_secret_value())
        self._open: list[Connection] = []
        self._sent = 0
        self._next_at = self._clock.monotonic()
        weakref.finalize(self, _close_all, self._open)

    def send(self, message: EmailMessage) -> None:
        """Hand one message over, at most `mail_rate` a second.

        Raises RecipientRefusedError (for good), RecipientDelayedError (try later),
        DeliveryUnsureError (perhaps taken), RecipientWithheldError (allow-list), or
        MailServerError (the server takes nothing from us: stop).
        """
        recipients = _recipients(message)
        for recipient in recipients:
            if not self._is_allowed(recipient):
                raise RecipientWithheldError("not in HOOKBEAT_MAIL_ALLOW")
        self._complete(message)
        if self._settings.mail_dry_run:
            log.info("mail.withheld", extra={"message_id": str(message["Message-ID"])})
            return
        self._wait_turn()
        self._hand_over(_sender(message), recipients, message.as_bytes(policy=_WIRE))

    def close(self) -> None:
        """Say goodbye to the server, if we speak to it at all."""
        _close_all(self._open)

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


def _recipients(message: EmailMessage) -> list[str]:
    headers = [str(value) for name in ("To", "Cc") for value in message.get_all(name, [])]
    return [address for _, address in getaddresses(headers)]


def _sender(message: EmailMessage) -> str:
    ((_, address),) = getaddresses([str(message["From"])])[:1]
    return address
