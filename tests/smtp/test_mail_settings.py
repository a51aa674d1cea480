"""Settings with which nobody can be mailed: each is named, with its cure, before anybody is."""

from email.message import EmailMessage

import pytest
from pydantic import SecretStr

from beat_schedule.settings import Settings
from worker.mail import SmtpMailer
from worker.refusals import MailSettingsError


def mail():
    message = EmailMessage()
    message["To"] = "ada@example.org"
    message.set_content("Hello.")
    return message


def unchecked(url="smtp://localhost:25", **settings):
    """Settings as a program may build them: nobody has looked at them yet."""
    return Settings.model_construct(smtp_url=SecretStr(url), **settings)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("smtp://127.0.0.1:notaport", "its port is no number from 1 to 65535"),
        ("smtp://127.0.0.1:0", "its port is no number"),
        ("smtp://", "names no server"),
        ("smtp://bad..name:25", "names no server"),
        ("http://127.0.0.1:25", "must begin with smtp:// or smtps://"),
        ("smtp://127.0.0.1?start_tls=true", "an option after the ? that is none of starttls"),
        ("smtp://127.0.0.1?tls=true", "an option after the ? that is none of starttls"),
        ("smtp://127.0.0.1?starttls=ture", "starttls must be one of"),
        ("smtps://127.0.0.1?starttls=true", "asks for TLS twice"),
        ("smtp://me:sesame@word@127.0.0.1", "@ as %40"),
        ("smtp://me:sesame/word@127.0.0.1", "/ as %2F"),
        ("smtp://me:sesame#word@127.0.0.1", "# as %23"),
        ("smtp://me:sesame?word@127.0.0.1", "? as %3F"),
        ("smtp://me:sesame%word@127.0.0.1", "% as %25"),
        ("smtp://me:sesame word@127.0.0.1", "a blank as %20"),
        ("smtp://me:sésame@127.0.0.1", "outside of ASCII"),
        ("smtp://:sesame@127.0.0.1", "a password and no user"),
        ("smtp://127.0.0.1/mail", "ends after the port"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_with_its_cure(url, complaint):
    mailer = SmtpMailer(unchecked(url))

    with pytest.raises(MailSettingsError, match="HOOKBEAT_SMTP_URL") as failure:
        mailer.check()

    assert complaint in str(failure.value)
    assert "same" not in str(failure.value)
    with pytest.raises(MailSettingsError):
        mailer.send(mail())


@pytest.mark.parametrize(
    "sender",
    ["", "library", "@example.org", "a@example.org, b@example.org", "a@b\nBcc: c@d", "a@é.org"],
)
def test_a_sender_that_no_mail_can_have_is_everybodys_trouble(smtp_sink, sender):
    mailer = SmtpMailer(unchecked(smtp_sink.url, mail_from=sender))

    with pytest.raises(MailSettingsError, match=r"HOOKBEAT_MAIL_FROM: .*name@example\.org"):
        mailer.send(mail())


def test_everything_that_is_wrong_with_the_settings_is_told_at_once():
    settings = unchecked(
        "smtp://x:y", mail_from="x", mail_reply_to="a@b, c", mail_allow=("example.org", "@")
    )

    with pytest.raises(MailSettingsError) as failure:
        SmtpMailer(settings).check()

    told = str(failure.value)
    assert "HOOKBEAT_SMTP_URL" in told
    assert "HOOKBEAT_MAIL_FROM" in told
    assert "HOOKBEAT_MAIL_REPLY_TO" in told
    assert "HOOKBEAT_MAIL_ALLOW: 'example.org' is neither an address nor a domain" in told
    assert "write @example.org" in told


def test_a_sender_with_a_name_and_a_url_with_everything_are_fine():
    url = "smtp://us%20er:p%40ss:word%25@[::1]:587/?starttls=TRUE"

    SmtpMailer(unchecked(url, mail_from="The Library <library@localhost>")).check()
