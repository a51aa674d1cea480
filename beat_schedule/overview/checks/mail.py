"""Whether the mail server takes us."""

import smtplib
import ssl
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

from beat_schedule.errors import Problem
from beat_schedule.settings import Settings

#: Seconds that it may take to answer.
PATIENCE = 5


def problems_of(settings: Settings) -> Iterator[Problem]:
    """Greets it, and signs in where there is a password; sends nothing.

    Nothing is asked where nobody says where mail goes.
    """
    if "smtp_url" not in settings.model_fields_set:
        return
    url = settings.smtp_url.get_secret_value()
    place = urlsplit(url).netloc.rpartition("@")[2]
    try:
        _greet(url)
    except (OSError, smtplib.SMTPException) as error:
        reason = f"the mail server at {place} does not take us: {error}"
        yield Problem("mail", reason, "HOOKBEAT_SMTP_URL says where it is")


def _greet(url: str) -> None:
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    context = ssl.create_default_context()
    host, port = parts.hostname or "localhost", parts.port or 0
    server = (
        smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=context)
        if parts.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=PATIENCE)
    )
    with server:
        if options.get("starttls", [""])[0].lower() == "true":
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.noop()
