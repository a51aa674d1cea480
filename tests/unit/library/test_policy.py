"""Which notice is due to whom, without a database."""

from datetime import date, timedelta

import pytest

from tasks.library.overdue import OverdueLoan
from tasks.library.policy import Line, NoticePlan, Policy, plan

ON = date(2026, 2, 1)
WEEKLY = Policy(after=timedelta(days=7), most=3)


def loan(key="T-1", step=0, days_since=None):
    last_on = None if days_since is None else ON - timedelta(days=days_since)
    return OverdueLoan(loan_id=key, step=step, last_on=last_on)


@pytest.mark.parametrize(
    ("step", "days_since", "next_step"),
    [
        (0, None, 1),
        (1, 0, None),
        (1, 6, None),
        (1, 7, 2),
        (2, 7, 3),
        (2, 100, 3),
        (3, 100, None),
        # Listed beside another loan yesterday, never told of by itself.
        (0, 1, None),
        (0, 7, 1),
        # A run for a date before the last notice.
        (1, -10, None),
    ],
)
def test_a_loan_s_next_step(step, days_since, next_step):
    assert WEEKLY.next_step(loan("T-1", step, days_since), ON) == next_step


def test_one_loan_due_is_enough_and_the_others_are_listed_beside_it():
    told = plan("M-1", [loan("T-1", 1, 3), loan("T-2")], WEEKLY, ON)

    assert told == NoticePlan("M-1", (Line("T-1", None), Line("T-2", 1)))


def test_without_a_loan_due_there_is_no_notice():
    assert plan("M-1", [loan("T-1", 1, 3), loan("T-2", 3, 90)], WEEKLY, ON) is None


def test_the_same_loans_at_the_same_step_are_the_same_notice_in_every_process():
    one = NoticePlan("M-1", (Line("T-1", 1), Line("T-2", 2), Line("T-3", None)))
    same = NoticePlan("M-1", (Line("T-2", 2), Line("T-1", 1)))

    assert (one.id, one.loans, one.step) == (same.id, same.loans, same.step)
    assert str(one.id) == "6ad6255c-1532-5f04-98fc-5d1a40f44503"


@pytest.mark.parametrize(
    "other",
    [
        NoticePlan("M-2", (Line("T-1", 1),)),
        NoticePlan("M-1", (Line("T-1", 2),)),
        NoticePlan("M-1", (Line("T-1", 1), Line("T-2", 1))),
    ],
)
def test_another_member_step_or_loan_is_another_notice(other):
    assert NoticePlan("M-1", (Line("T-1", 1),)).id != other.id
