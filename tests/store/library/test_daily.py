"""What a day's run tells whom, on both databases."""

from datetime import date, time, timedelta

import pytest

from tasks.library.errors import LibrarySettingsError
from tests.library_house import TODAY, text_of

DAY = timedelta(days=1)


def test_a_member_gets_one_notice_with_everything_they_have_overdue(house):
    house.lend("A-1", "M-1")
    house.lend("A-2", "M-1", days_ago=40)
    house.lend("A-3", "M-2")

    counts = house.told()

    assert counts == {"overdue": 3, "members": 2, "queued": 2, "sent": 2}
    assert sorted(house.postbox.addresses) == ["m-1@example.org", "m-2@example.org"]
    both = text_of(next(m for m in house.postbox.messages if "m-1@" in m["To"]))
    assert "1. Title of A-2 (A-2) due on 22 January 2026\n2. Title of A-1 (A-1)" in both


def test_running_again_mails_nobody_twice(house):
    house.lend()
    house.run()

    assert house.told() == {"overdue": 1, "members": 1}
    assert house.postbox.addresses == ["m-1@example.org"]


@pytest.mark.parametrize("days_ago", [1, 29, 30])
def test_a_loan_within_its_period_is_not_overdue(house, days_ago):
    house.lend(days_ago=days_ago)

    assert house.told() == {}


@pytest.mark.parametrize("days_ago", [31, 32, 400])
def test_a_loan_past_its_period_is_overdue(house, days_ago):
    house.lend(days_ago=days_ago)

    assert house.told()["sent"] == 1
