"""What a run lets the beats know: that it is under way, and that it is over."""

import signal
import uuid
from dataclasses import replace

import billiard.common
import pytest
from celery.exceptions import SoftTimeLimitExceeded

from beat_schedule.entries import Entry
from beat_schedule.policies import Overlap, Policy
from beat_schedule.runs.process import Process
from beat_schedule.runs.under_way import SILENT, Token
from beat_schedule.runs.verdict import Dropped, GoesOnError
from beat_schedule.schedules import Every
from beat_schedule.settings import Settings
from beat_schedule.store.endings import close_run
from beat_schedule.store.models import Outcome, RunState, Trigger
from beat_schedule.store.runs import Ending
from tests.openings import NOON, an_opening
from tests.unit.runs.stories import row_of


class Heard(Token):
    """Keeps what was said, and looks at the record meanwhile."""

    def __init__(self, look):
        self.said = []
        self._look = look

    def start(self):
        self.said.append(("start", self._look()))

    def wait(self):
        self.said.append(("wait", self._look()))

    def end(self):
        self.said.append(("end", self._look()))


@pytest.fixture
def opening():
    return an_opening()


@pytest.fixture
def token(sessions, opening):
    return Heard(lambda: row_of(sessions, opening).state)


@pytest.fixture
def carry_out(runner, opening, token):
    def carry_out(call, **changes):
        return runner.carry_out(replace(opening, **changes), call, token=token)

    return carry_out


def raising(error):
    def call(_):
        raise error

    return call


STARTED = ("start", RunState.RUNNING)
OVER = ("end", RunState.ENDED)


def test_a_run_is_told_of_when_it_is_admitted_and_when_its_end_is_on_record(carry_out, token):
    carry_out(lambda _: token.said.append("called"))

    assert token.said == [STARTED, "called", OVER]


@pytest.mark.parametrize("error", [KeyError("no"), SoftTimeLimitExceeded(1), KeyboardInterrupt()])
def test_a_run_that_fails_is_over_too(carry_out, token, error):
    with pytest.raises(type(error)):
        carry_out(raising(error))

    assert token.said == [STARTED, OVER]


def test_a_run_that_waits_for_its_next_attempt_is_not_over(carry_out, token):
    with pytest.raises(GoesOnError):
        carry_out(raising(GoesOnError("again")))

    assert token.said == [STARTED, ("wait", RunState.WAITING)]


def test_of_a_run_whose_process_is_being_killed_its_parent_tells(carry_out, token, monkeypatch):
    monkeypatch.setattr(billiard.common, "_should_have_exited", [False])
    monkeypatch.setattr(billiard.common, "maybe_setsignal", lambda *_: None)

    def be_killed(_):
        billiard.common._shutdown_cleanup(signal.SIGTERM, None)

    with pytest.raises(SystemExit):
        carry_out(be_killed)

    assert token.said == [STARTED, ("wait", RunState.RUNNING)]


def test_a_run_that_lost_its_row_leaves_the_word_to_who_has_it(carry_out, token, opening, sessions):
    def lose_the_row(_):
        with sessions.begin() as session:
            lost = Ending(outcome=Outcome.LOST, finished_at=NOON)
            close_run(session, opening.run_id, opening.token, lost)

    assert isinstance(carry_out(lose_the_row), Dropped)
    assert token.said == [STARTED, ("wait", RunState.ENDED)]


def test_a_duplicate_of_a_run_that_is_over_says_so_again(carry_out, token):
    carry_out(lambda _: None)
    token.said.clear()

    carry_out(raising(AssertionError), token=uuid.uuid4())

    assert token.said == [OVER]


def test_a_duplicate_of_a_run_that_is_under_way_says_nothing(carry_out, token):
    def deliver_again(_):
        carry_out(raising(AssertionError), token=uuid.uuid4())
        token.said.append("again")

    carry_out(deliver_again)

    assert token.said == [STARTED, "again", OVER]


def test_a_time_limit_that_strikes_while_the_beats_are_told_is_on_record(
    runner, opening, sessions, token
):
    token.start = raising(SoftTimeLimitExceeded(1)).__get__(token)

    with pytest.raises(SoftTimeLimitExceeded):
        runner.carry_out(opening, lambda _: None, token=token)

    assert row_of(sessions, opening).outcome is Outcome.TIMED_OUT
    assert token.said == [OVER]


@pytest.fixture
def process(sqlite_url):
    settings = Settings(database_url=sqlite_url, redis_url="redis://127.0.0.1:1/0")
    policies = {"skips": Policy(), "allows": Policy(overlap=Overlap.ALLOW)}
    entries = [
        Entry(
            key=key,
            task="tasks.shop.close",
            schedule=Every("1h"),
            queue="default",
            event="every",
            place="hooks.py",
            policy=policy,
        )
        for key, policy in policies.items()
    ]
    process = Process(settings, entries=entries)
    yield process
    process.release()


@pytest.mark.parametrize("trigger", [Trigger.SCHEDULE, Trigger.MANUAL])
def test_beats_hear_of_runs_of_entries_that_may_not_overlap(process, trigger):
    assert process.token(an_opening(entry="skips", trigger=trigger)) is not SILENT
    # A beat of another deploy knows it, perhaps.
    assert process.token(an_opening(entry="unheard of", trigger=trigger)) is not SILENT
    assert process.token(an_opening(entry="allows", trigger=trigger)) is SILENT


def test_beats_hear_nothing_of_plain_calls(process):
    assert process.token(an_opening(entry="tasks.shop.close", trigger=Trigger.CALL)) is SILENT
