"""Trouble that is nobody's own: the delivery stops, fails, and everything stays queued."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from beat_schedule.runs.lazy_mailer import LazyMailer
from beat_schedule.settings import Settings
from tasks.library.delivery import BACKOFF
from tasks.library.errors import DeliveryStoppedError
from tests.library_house import Postbox, lend_to
from worker.mail import SmtpMailer
from worker.refusals import MailServerError, RecipientRefusedError

REFUSED = RecipientRefusedError("refused 550")


def test_a_server_that_takes_nothing_stops_the_run_and_loses_nothing(house):
    lend_to(house, 5)
    house.postbox.error = MailServerError("the mail server at x:25 cannot be reached")

    with pytest.raises(DeliveryStoppedError, match=r"cannot be reached; 5 notices are queued"):
        house.run()
    assert house.counts == {
        "overdue": 5,
        "members": 5,
        "queued": 5,
        "sent": 0,
        "no_address": 0,
        "failed": 0,
        "held": 5,
    }

    house.postbox.error = None
    assert house.deliver()["sent"] == 5


def test_a_server_that_goes_away_in_the_middle_loses_nothing(house):
    lend_to(house, 5)

    class Leaving(Postbox):
        def send(self, message):
            if len(self.messages) == 2:
                raise MailServerError("gone")
            super().send(message)

    house.mailer = Leaving()
    with pytest.raises(DeliveryStoppedError):
        house.run()
    first = house.postbox.addresses
    house.mailer = Postbox()

    assert house.deliver()["sent"] == 3
    assert len({*first, *house.postbox.addresses}) == 5


@pytest.mark.parametrize("count", [2, 5, 15])
def test_a_server_that_refuses_everybody_is_not_taken_for_wrong_addresses(house, count):
    lend_to(house, count)
    house.postbox.error = REFUSED

    with pytest.raises(DeliveryStoppedError, match=f"in a row.*{count} notices are queued"):
        house.run()
    assert set(house.states()) == {f"M-{n} queued" for n in range(1, count + 1)}

    house.postbox.error = None
    house.clock.advance(timedelta(minutes=5))
    assert house.deliver()["sent"] == count


def test_refusals_that_name_the_mailbox_are_believed(house):
    lend_to(house, 3)
    refused = RecipientRefusedError("refused 550 5.1.1")
    refused.is_about_mailbox = True
    house.postbox.error = refused

    assert house.run()["failed"] == 3


def test_refused_for_ever_ends_at_last(house):
    lend_to(house, 2)
    house.postbox.error = REFUSED
    with pytest.raises(DeliveryStoppedError):
        house.run()

    for wait in BACKOFF:
        house.clock.advance(wait)
        with pytest.raises(DeliveryStoppedError):
            house.deliver()

    assert house.states() == ["M-1 failed", "M-2 failed"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"smtp_url": SecretStr("smtp://127.0.0.1:notaport")}, "HOOKBEAT_SMTP_URL"),
        ({"mail_from": ""}, "HOOKBEAT_MAIL_FROM"),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_settings_with_which_nobody_can_send_fail_the_run_and_no_notice(
    house, smtp_sink, wrong, named, wrapped
):
    right = {"smtp_url": SecretStr(smtp_sink.url)}
    lend_to(house, 3)
    broken = SmtpMailer(Settings.model_construct(**right | wrong))
    house.mailer = LazyMailer(lambda: broken) if wrapped else broken

    with pytest.raises(DeliveryStoppedError, match=f"{named}.*3 notices are queued"):
        house.run()
    assert house.states() == ["M-1 queued", "M-2 queued", "M-3 queued"]
    assert house.counts["failed"] == 0

    house.mailer = SmtpMailer(Settings.model_construct(**right))
    assert house.deliver()["sent"] == 3
    house.mailer.close()


def test_a_mailer_that_cannot_even_be_made_loses_nothing(house):
    lend_to(house, 2)

    def broken():
        raise ValueError("no such server")

    house.mailer = LazyMailer(broken)
    with pytest.raises(ValueError, match="no such server"):
        house.run()
    assert house.states() == ["M-1 queued", "M-2 queued"]


def test_when_no_mail_can_be_written_the_fault_is_not_the_members(house):
    lend_to(house, 3)
    house.postbox.error = ValueError("a header nobody could fold")

    with pytest.raises(DeliveryStoppedError, match=r"3 .* in a row.*ValueError.*3 notices are"):
        house.run()
    assert house.states() == ["M-1 queued", "M-2 queued", "M-3 queued"]
