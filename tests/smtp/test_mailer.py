"""The mailer against real SMTP servers, well-behaved and rude."""

import socket
import threading
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from beat_schedule.settings import Settings
from beat_schedule.testing import ManualClock
from tests.servers import free_port
from worker.mail import SmtpMailer
from worker.refusals import (
    DeliveryUnsureError,
    MailServerError,
    RecipientDelayedError,
    RecipientRefusedError,
    RecipientWithheldError,
)


def mail(to="ada@example.org", body="Hello.\n.\n..dots\nBye.\n"):
    message = EmailMessage()
    message["To"] = to
    message["Subject"] = "À bientôt"
    message.set_content(body)
    return message


@pytest.fixture
def mailer(smtp_sink):
    mailer = SmtpMailer(Settings(smtp_url=smtp_sink.url, mail_reply_to="desk@example.org"))
    yield mailer
    mailer.close()


def test_a_mail_arrives_as_it_was_written(mailer, smtp_sink):
    mailer.send(mail())

    [message] = smtp_sink.messages
    assert message.get_content().splitlines() == ["Hello.", ".", "..dots", "Bye."]
    assert (message["Subject"], message["From"]) == ("À bientôt", "library@example.org")
    assert message["Reply-To"] == "desk@example.org"


def test_many_mails_go_over_one_connection(mailer, smtp_sink):
    for _ in range(100):
        mailer.send(mail())
    assert smtp_sink.connections == 1

    mailer.send(mail())
    assert (smtp_sink.connections, len(smtp_sink.messages)) == (2, 101)


def test_a_refused_recipient_does_not_spoil_the_connection(mailer, smtp_sink):
    smtp_sink.refuse("bob@example.org")

    with pytest.raises(RecipientRefusedError, match=r"^refused 550$"):
        mailer.send(mail("bob@example.org"))
    mailer.send(mail())

    assert (smtp_sink.connections, len(smtp_sink.messages)) == (1, 1)


def test_a_server_that_is_not_there_is_named():
    mailer = SmtpMailer(Settings(smtp_url=f"smtp://127.0.0.1:{free_port()}"))

    with pytest.raises(MailServerError, match=r"127.0.0.1:\d+ cannot be reached.*HOOKBEAT_SMTP"):
        mailer.send(mail())


@pytest.mark.parametrize(
    ("allowed", "goes"),
    [
        ((), True),
        (("ada@example.org",), True),
        (("ADA@Example.org",), True),
        (("@example.org",), True),
        (("@example.com",), False),
        (("bob@example.org",), False),
        (("@ample.org",), False),
    ],
)
def test_a_test_system_mails_only_whom_it_may(smtp_sink, allowed, goes):
    mailer = SmtpMailer(Settings(smtp_url=smtp_sink.url, mail_allow=allowed))
    if goes:
        mailer.send(mail())
    else:
        with pytest.raises(RecipientWithheldError, match="HOOKBEAT_MAIL_ALLOW"):
            mailer.send(mail())
    mailer.close()

    assert len(smtp_sink.messages) == goes


def test_a_dry_run_never_connects(smtp_sink):
    SmtpMailer(Settings(smtp_url="smtp://127.0.0.1:1", mail_dry_run=True)).send(mail())

    assert smtp_sink.connections == 0


def test_mails_keep_the_pace(smtp_sink):
    clock = ManualClock()
    mailer = SmtpMailer(Settings(smtp_url=smtp_sink.url, mail_rate=4), clock)
    for _ in range(5):
        mailer.send(mail())
    mailer.close()

    assert clock.slept == [0.25] * 4


class RudeServer:
    """Speaks a script: for each line it reads, the answer that `reply` gives; None hangs up."""

    def __init__(self, reply: Callable[[str], str | None]) -> None:
        self.reply = reply
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.connections = 0
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            with connection, connection.makefile("rwb") as stream:
                self._speak(stream)

    def _speak(self, stream) -> None:
        answer = self.reply("CONNECT")
        in_data = False
        while answer:
            stream.write(answer.encode() + b"\r\n")
            stream.flush()
            in_data = answer.startswith("354")
            line = stream.readline().decode().strip()
            while in_data and line != ".":
                line = stream.readline().decode().strip()
            answer = self.reply(line or "GONE")

    def close(self) -> None:
        # Closing alone does not wake a thread that waits in accept.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(timeout=5)


POLITE = {"CONNECT": "220 hi", "DATA": "354 go on", ".": "250 taken", "GONE": None}


@pytest.fixture
def rude():
    """A polite server except for the given answers, keyed by the line's beginning."""
    servers = []

    def make(**answers):
        said = POLITE | {key.replace("dot", "."): value for key, value in answers.items()}
        server = RudeServer(lambda line: said.get(line.split()[0].split(":")[0], "250 fine"))
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    ("answers", "error", "message"),
    [
        ({"RCPT": "550 5.1.1 ada@example.org unknown"}, RecipientRefusedError, "refused 550 5.1.1"),
        ({"RCPT": "451 4.7.1 later"}, RecipientDelayedError, "delayed 451 4.7.1"),
        ({"DATA": "452 full"}, RecipientDelayedError, "delayed 452"),
        ({"dot": "554 spam"}, RecipientRefusedError, "refused 554"),
        ({"dot": "450 try again"}, RecipientDelayedError, "delayed 450"),
        ({"dot": None}, DeliveryUnsureError, "no answer after the mail"),
        ({"MAIL": "530 no"}, MailServerError, "takes no mail from us: 530 no; check"),
        ({"CONNECT": "554 go away"}, MailServerError, "cannot be reached: 554 go away"),
        ({"CONNECT": None}, MailServerError, "cannot be reached"),
        ({"RCPT": "421 shutting down"}, MailServerError, "closes every connection before"),
        ({"MAIL": None}, MailServerError, "closes every connection before"),
    ],
)
def test_every_failure_is_known_for_what_it_is(rude, answers, error, message):
    server = rude(**answers)
    mailer = SmtpMailer(Settings(smtp_url=server.url))

    with pytest.raises(error) as failure:
        mailer.send(mail())
    mailer.close()

    assert failure.type is error
    assert message in str(failure.value)
    assert "ada@" not in str(failure.value)


def test_a_connection_that_the_server_has_dropped_is_made_anew():
    mails = []

    def reply(line):
        if line.startswith("MAIL"):
            mails.append(line)
            # The second finds the line dead, as after a long pause.
            return None if len(mails) == 2 else "250 fine"
        return POLITE.get(line.split()[0], "250 fine")

    server = RudeServer(reply)
    mailer = SmtpMailer(Settings(smtp_url=server.url))
    mailer.send(mail())
    mailer.send(mail())
    mailer.close()
    server.close()

    assert (server.connections, len(mails)) == (2, 3)


class Guarded:
    """An SMTP server that wants to know who we are."""

    def __init__(self) -> None:
        self.users = []

    async def handle_DATA(self, _server, session, _envelope):  # noqa: N802 -- aiosmtpd calls it so
        self.users.append(session.auth_data)
        return "250 OK"

    def authenticate(self, _server, _session, _envelope, _mechanism, auth_data):
        good = auth_data.login == b"us er" and auth_data.password == b"p@ss:word"
        return AuthResult(success=good, handled=good, auth_data=auth_data.login.decode())


@pytest.mark.parametrize("password", ["p%40ss%3Aword", "wrong"])
def test_we_sign_in_and_a_wrong_password_is_said_without_showing_it(password):
    guarded, port = Guarded(), free_port()
    controller = Controller(
        guarded,
        hostname="127.0.0.1",
        port=port,
        authenticator=guarded.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    mailer = SmtpMailer(Settings(smtp_url=f"smtp://us%20er:{password}@127.0.0.1:{port}"))
    if password == "wrong":
        with pytest.raises(MailServerError, match="does not let us in: 535") as failure:
            mailer.send(mail())
        assert "wrong" not in str(failure.value)
    else:
        mailer.send(mail())
        assert guarded.users == ["us er"]
    mailer.close()
    controller.stop()


def test_a_server_without_starttls_is_not_spoken_to_in_clear(smtp_sink):
    mailer = SmtpMailer(Settings(smtp_url=f"{smtp_sink.url}?starttls=true"))

    with pytest.raises(MailServerError, match="does not let us in: STARTTLS"):
        mailer.send(mail())
    assert smtp_sink.messages == []


def test_a_withheld_mail_is_named_in_the_log(caplog):
    caplog.set_level("INFO")
    message = mail()
    message["Message-ID"] = "<notice@example.org>"

    SmtpMailer(Settings(mail_dry_run=True)).send(message)

    assert "mail.withheld message_id='<notice@example.org>'" in caplog.messages
