"""Nobody is mailed twice: not by two runs at once, not after a crash anywhere."""

import threading
import uuid
from datetime import timedelta

import pytest

from tasks.library import deliver
from tasks.library.outbox import Outbox, Stores
from tasks.library.policy import Line, NoticePlan
from tests.library_house import TODAY, House, Postbox

DAY = timedelta(days=1)


class Death(BaseException):
    """The process dies here: nothing catches it."""


class MortalPostbox(Postbox):
    """Takes so many mails; dies right before or right after the next is taken."""

    def __init__(self, lives, *, after):
        super().__init__()
        self.lives = lives
        self.after = after

    def send(self, message):
        if len(self.messages) < self.lives:
            super().send(message)
            return
        if self.after:
            super().send(message)
        raise Death


def outbox_of(house):
    with house.sessions() as session:
        return Outbox(Stores.of(session), uuid.uuid4(), uuid.uuid4())


def test_running_again_mails_nobody_twice(house):
    house.lend()
    house.run()

    assert house.told() == {"overdue": 1, "members": 1}
    assert house.told(task=deliver) == {}
    assert house.postbox.addresses == ["m-1@example.org"]


@pytest.mark.parametrize("tasks", [("daily", "daily"), ("daily", "deliver")])
def test_two_runs_at_once_mail_everybody_once(house, tasks):
    for number in range(40):
        house.lend(f"A-{number}", f"M-{number}")
    house.set(batch_size="7")
    start = threading.Barrier(2)
    runs = {"daily": house.run, "deliver": house.deliver}
    failures = []

    def run(name):
        start.wait()
        try:
            runs[name]()
        except Exception as error:  # noqa: BLE001 -- the test shows what a thread met
            failures.append(error)

    threads = [threading.Thread(target=run, args=[name]) for name in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.deliver()

    assert failures == []
    assert sorted(house.postbox.addresses) == sorted(f"m-{n}@example.org" for n in range(40))


def test_a_crash_before_anything_is_sent_loses_nothing(house):
    house.lend("A-1", "M-1")
    house.lend("A-2", "M-2")
    plans = [NoticePlan(f"M-{n}", (Line(f"T-{n}", 1),)) for n in (1, 2)]
    outbox_of(house).queue(plans, TODAY, house.clock.now())

    house.run()

    assert sorted(house.postbox.addresses) == ["m-1@example.org", "m-2@example.org"]


def test_a_crash_while_queueing_is_made_good_by_the_next_run(house):
    house.lend("A-1", "M-1")
    house.lend("A-2", "M-2")
    outbox_of(house).queue([NoticePlan("M-1", (Line("T-1", 1),))], TODAY, house.clock.now())

    counts = house.run()

    assert (counts["queued"], counts["sent"]) == (1, 2)


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_while_sending_leaves_one_mail_to_a_person_and_sends_the_rest(house, after):
    for number in range(5):
        house.lend(f"A-{number}", f"M-{number}")
    house.mailer = MortalPostbox(2, after=after)
    with pytest.raises(Death):
        house.run()
    got_it = house.postbox.addresses
    house.mailer = Postbox()

    house.run()
    house.clock.advance(timedelta(minutes=16))
    counts = house.deliver()

    # Whether the server had it when we died cannot be known; twice would be worse.
    assert counts["unsure"] == 1
    assert sorted(state.split()[1] for state in house.states()) == ["sent"] * 4 + ["unsure"]
    assert len({*got_it, *house.postbox.addresses}) == 4 + after
    assert not {*got_it} & {*house.postbox.addresses}


def test_a_step_of_a_loan_belongs_to_one_notice_even_when_runs_saw_different_loans(house):
    house.lend("A-1", "M-1")
    house.lend("A-2", "M-1")
    outbox = outbox_of(house)
    one = NoticePlan("M-1", (Line("T-1", 1),))
    both = NoticePlan("M-1", (Line("T-1", 1), Line("T-2", 1)))

    assert outbox.queue([one], TODAY, house.clock.now()) == [one]
    assert outbox.queue([both], TODAY, house.clock.now()) == []
    assert house.states() == ["M-1 queued"]


def test_only_one_of_two_claims_a_notice(house):
    house.lend()
    plan = NoticePlan("M-1", (Line("T-1", 1),))
    one, other = outbox_of(house), outbox_of(house)
    one.queue([plan], TODAY, house.clock.now())

    claims = [outbox.turn(None, plan.id, house.clock.now()) for outbox in (one, other)]

    assert claims == [True, False]


def test_the_same_notice_has_the_same_message_id_on_every_try(engine):
    house = House(engine=engine)
    house.lend()
    house.run()
    [first] = house.postbox.messages
    plan = NoticePlan("M-1", (Line("T-1", 1),))

    assert first["Message-ID"] == f"<{plan.id}@example.org>"


def test_no_mail_goes_while_a_transaction_is_open(house):
    house.lend("A-1", "M-1")
    house.lend("A-2", "M-2")

    class Writing(Postbox):
        def send(self, message):
            # SQLite would refuse this at once if the run held its lock.
            house.set(grace_days=str(len(self.messages)))
            super().send(message)

    house.mailer = Writing()

    assert house.run()["sent"] == 2
