"""Whatever a task raises or leaves behind: its attempt ends, and the record says so."""

import pytest

from beat_schedule.policies import RunPolicy
from beat_schedule.runs.failure import failure_of
from beat_schedule.runs.verdict import Carried, GoesOnError
from beat_schedule.store.models import Outcome, RunState
from tests.openings import an_opening
from tests.unit.runs.stories import row_of


class ApiError(Exception):
    """Finds every name that it does not have in what was answered."""

    def __getattr__(self, name):
        return {"code": 500}[name]


class LazyError(Exception):
    @property
    def reason(self):
        raise KeyError("no answer was ever had")


class Mute:
    def __str__(self):
        raise ValueError("no words")


class MuteError(Exception):
    reason = Mute()


class NotedError(Exception):
    @property
    def __notes__(self):
        raise ZeroDivisionError


class UnfoundedError(Exception):
    @property
    def __cause__(self):
        raise LookupError("whose fault is it")


class NoErrorsError(Exception):
    def __len__(self):
        return 0


def an_odd_syntax_error():
    error = SyntaxError("x")
    error.text, error.lineno, error.filename, error.offset = 5, "a", 3, {}
    return error


ODD = [
    ApiError("api"),
    LazyError("lazy"),
    MuteError("mute"),
    NotedError(),
    UnfoundedError(),
    NoErrorsError(),
    an_odd_syntax_error(),
]


def raising(error):
    def call(_):
        raise error

    return call


@pytest.mark.parametrize("error", ODD, ids=lambda error: type(error).__name__)
def test_an_error_that_cannot_be_asked_is_a_failure_on_record(runner, sessions, error):
    opening = an_opening()

    with pytest.raises(type(error)):
        runner.carry_out(opening, raising(error))

    row = row_of(sessions, opening)
    assert (row.state, row.outcome) == (RunState.ENDED, Outcome.FAILED)
    assert type(error).__name__ in row.error
    assert "in call" in row.traceback
    assert row.fingerprint


@pytest.mark.parametrize("error", ODD, ids=lambda error: type(error).__name__)
def test_an_error_that_cannot_be_asked_is_tried_again_as_any_other(runner, sessions, error):
    opening = an_opening()

    with pytest.raises(GoesOnError):
        runner.carry_out(opening, raising(error), policy=RunPolicy(retries=1))

    assert row_of(sessions, opening).state is RunState.WAITING


def test_where_nothing_can_be_told_of_an_error_the_name_of_its_type_is_left():
    def hide(_):
        raise RuntimeError("not even this")

    told = failure_of(ValueError("x"), hide)

    assert (told.said, told.traceback) == ("ValueError", "ValueError")


def keep_itself(context):
    context.counts["all"] = context.counts


def forget_counts(context):
    context.counts = None


def count_by_what_is_mute(context):
    context.counts = {Mute(): 1}


def be_anywhere(context):
    context.progress_made = "x"


def be_far_beyond(context):
    context.progress_made = 2**80, None


def have_no_session(context):
    context.session = None


def be_of_no_attempt(context):
    context.attempt = "the last one"


LEFT = [
    keep_itself,
    forget_counts,
    count_by_what_is_mute,
    be_anywhere,
    be_far_beyond,
    have_no_session,
    be_of_no_attempt,
]


@pytest.mark.parametrize("leave", LEFT)
def test_what_no_record_can_hold_is_left_out_of_it(runner, sessions, leave):
    opening = an_opening()

    assert runner.carry_out(opening, leave) == Carried(None)

    row = row_of(sessions, opening)
    assert (row.outcome, row.progress_done) == (Outcome.SUCCEEDED, None)


@pytest.mark.parametrize("leave", LEFT)
def test_nor_does_it_keep_a_failure_from_being_recorded(runner, sessions, leave):
    def fail(context):
        leave(context)
        raise ValueError("no")

    opening = an_opening()
    with pytest.raises(ValueError, match="no"):
        runner.carry_out(opening, fail)

    row = row_of(sessions, opening)
    assert (row.outcome, row.error) == (Outcome.FAILED, "ValueError: no")


@pytest.mark.parametrize("leave", LEFT)
def test_nor_does_it_keep_a_failure_from_being_tried_again(runner, sessions, leave):
    def fail(context):
        leave(context)
        raise ValueError("no")

    opening = an_opening()
    with pytest.raises(GoesOnError):
        runner.carry_out(opening, fail, policy=RunPolicy(retries=1))

    assert row_of(sessions, opening).state is RunState.WAITING
