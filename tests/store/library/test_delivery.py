"""What becomes of notices when mail does not simply go."""

import uuid
from datetime import UTC, datetime, timedelta

from beat_schedule.settings import Settings
from beat_schedule.testing import ManualClock
from tasks.library import desk
from tasks.library.delivery import BACKOFF
from tasks.library.models import Transaction
from tests.library_house import TODAY, House, Postbox, lend_to, text_of
from worker.refusals import (
    DeliveryUnsureError,
    RecipientDelayedError,
    RecipientRefusedError,
    RecipientWithheldError,
)

DAY = timedelta(days=1)
TODAY_NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
REFUSED = RecipientRefusedError("refused 550")
DELAYED = RecipientDelayedError("delayed 451")


def test_a_refused_member_fails_alone(house):
    lend_to(house, 3)
    house.postbox.errors["m-2@example.org"] = REFUSED

    assert house.told() == {"overdue": 3, "members": 3, "queued": 3, "sent": 2, "failed": 1}
    assert house.states() == ["M-1 sent", "M-2 failed", "M-3 sent"]
    assert [line["member"] for line in house.log.entries if line["event"] == "notice.ended"] == [
        "M-2"
    ]


def test_a_mail_that_cannot_be_written_fails_alone(house):
    lend_to(house, 2)
    house.postbox.errors["m-1@example.org"] = ValueError("a header nobody could fold")

    assert house.run()["failed"] == 1
    assert house.states() == ["M-1 failed", "M-2 sent"]


def test_a_delayed_member_is_tried_again_ever_more_rarely_and_fails_in_the_end(house):
    lend_to(house, 2)
    house.postbox.errors["m-2@example.org"] = DELAYED

    assert house.told()["retrying"] == 1
    for wait in BACKOFF[:-1]:
        assert house.deliver()["sent"] == 0
        house.clock.advance(wait)
        assert house.deliver()["retrying"] == 1
    house.clock.advance(BACKOFF[-1])

    assert house.deliver()["failed"] == 1
    assert house.states() == ["M-1 sent", "M-2 failed"]


def test_a_delayed_member_gets_the_mail_when_the_server_takes_it(house):
    lend_to(house, 1)
    house.postbox.errors["m-1@example.org"] = DELAYED
    house.run()
    house.postbox.errors.clear()
    house.clock.advance(timedelta(minutes=5))

    assert house.deliver()["sent"] == 1


def test_a_mail_whose_fate_is_unknown_is_left_to_a_person(house):
    lend_to(house, 1)
    house.postbox.error = DeliveryUnsureError("no answer after the mail")

    assert house.run()["unsure"] == 1
    house.postbox.error = None
    assert house.deliver()["sent"] == 0


def test_a_person_can_queue_a_failed_notice_again(house):
    lend_to(house, 2)
    house.postbox.errors["m-1@example.org"] = REFUSED
    house.run()
    house.postbox.errors.clear()

    with house.sessions.begin() as session:
        [failed] = desk.notices(session)
        ids = [str(failed.id), str(uuid.uuid4())]
        assert desk.queue_again(session, ids, house.clock.now()).queued == 1

    assert house.deliver()["sent"] == 1


def test_the_allow_list_withholds_for_good(house):
    lend_to(house, 2)
    house.postbox.errors["m-1@example.org"] = RecipientWithheldError("not in HOOKBEAT_MAIL_ALLOW")

    assert house.run()["withheld"] == 1
    house.postbox.errors.clear()
    assert house.deliver()["sent"] == 0


def test_a_dry_run_writes_every_mail_and_keeps_nothing(engine):
    house = House(engine=engine, settings=Settings(mail_dry_run=True))
    lend_to(house, 3)

    assert house.told() == {"overdue": 3, "members": 3, "rehearsed": 3}
    assert (house.postbox.messages, house.states()) == ([], [])

    house.settings = Settings()
    assert house.run()["sent"] == 3


def test_during_quiet_hours_notices_wait(engine):
    house = House(engine=engine, clock=ManualClock(TODAY_NOON.replace(hour=21)))
    house.set(quiet_hours="21:00-07:00")
    lend_to(house, 2)

    assert house.told() == {"overdue": 2, "members": 2, "queued": 2, "held": 2}
    house.clock.advance(timedelta(hours=9, minutes=59))
    assert house.deliver()["sent"] == 0
    house.clock.advance(timedelta(minutes=1))
    assert house.deliver()["sent"] == 2


def test_quiet_hours_that_begin_in_the_middle_stop_the_rest(engine):
    house = House(engine=engine, clock=ManualClock(TODAY_NOON.replace(hour=20, minute=59)))
    house.set(quiet_hours="21:00-07:00")
    lend_to(house, 5)

    class Slow(Postbox):
        def send(self, message):
            super().send(message)
            house.clock.advance(timedelta(seconds=30))

    house.mailer = Slow()

    counts = house.run()
    assert (counts["sent"], counts["held"]) == (2, 3)


def test_a_long_delivery_ends_in_time_and_the_next_goes_on(house):
    lend_to(house, 5)

    class Slow(Postbox):
        def send(self, message):
            super().send(message)
            house.clock.advance(timedelta(seconds=100))

    house.mailer = Slow()

    assert (house.run()["sent"], house.deliver()["sent"], house.states()[-1]) == (3, 2, "M-5 sent")


def test_what_came_back_while_the_notice_waited_is_left_out(house):
    house.set(quiet_hours="00:00-06:00")
    house.lend("A-1", "M-1")
    house.lend("A-2", "M-1")
    house.lend("A-3", "M-2")
    house.run()
    house.clock.advance(timedelta(hours=7))
    house.happens("return", "A-1", "M-1", TODAY, at=(house.clock.now()).time())
    house.happens("return", "A-3", "M-2", TODAY, at=(house.clock.now()).time())

    counts = house.deliver()

    assert (counts["sent"], counts["returned"]) == (1, 1)
    assert "A-1" not in text_of(house.postbox.messages[0])


def test_an_address_that_changed_while_the_notice_waited_is_the_one_used(house):
    house.set(quiet_hours="00:00-06:00")
    lend_to(house, 3)
    house.run()
    house.member("M-1", email="new@example.org")
    house.member("M-2", email="")
    house.member("M-3", opted_out=True)
    house.clock.advance(timedelta(hours=7))

    assert house.deliver()["no_address"] == 2
    assert house.postbox.addresses == ["new@example.org"]


def test_a_corrected_borrower_is_not_told_of_somebody_else_s_loan(house):
    house.set(quiet_hours="00:00-06:00")
    house.lend("A-1", "M-1")
    house.run()
    house.member("M-2")
    with house.sessions.begin() as session:
        row = desk.notices(session)
        assert next(row).member_id == "M-1"
        session.get_one(Transaction, "T-1").member_id = "M-2"
    house.clock.advance(timedelta(hours=7))

    assert house.deliver()["returned"] == 1


def test_with_nothing_to_send_no_settings_are_asked_for(house):
    house.forget("loan_period")

    assert house.deliver() == {"sent": 0, "no_address": 0, "failed": 0}
