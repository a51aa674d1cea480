"""Who is told again, and when it ends."""

from datetime import date, timedelta

from tests.library_house import TODAY, text_of

DAY = timedelta(days=1)


def days_with_mail(house, days):
    """Run every day; the days on which somebody was mailed."""
    return [day for day in range(days) if house.run(TODAY + day * DAY)["sent"]]


def test_a_loan_gets_a_notice_another_after_a_week_and_three_in_all(house):
    house.lend()

    assert days_with_mail(house, 60) == [0, 7, 14]


def test_a_loan_causes_three_notices_and_is_listed_in_those_of_others_besides(house):
    house.happens("issue", house.book("A-1"), house.member("M-1"), date(2026, 1, 1))
    house.happens("issue", house.book("A-2"), "M-1", date(2026, 1, 4))

    days = [date(2026, 1, 31) + day * DAY for day in range(60)]
    with_mail = {day: house.postbox.messages[-1] for day in days if house.run(day)["sent"]}

    assert [str(day) for day in with_mail] == [
        "2026-02-01",
        "2026-02-04",
        "2026-02-11",
        "2026-02-18",
    ]
    assert ["A-2" in text_of(mail) for mail in with_mail.values()] == [False, True, True, True]
    assert all("A-1" in text_of(mail) for mail in with_mail.values())


def test_the_policy_is_in_the_settings(house):
    house.lend()
    house.set(reminder_after_days="3", reminder_max="2")

    assert days_with_mail(house, 20) == [0, 3]


def test_days_without_a_run_delay_a_reminder_and_do_not_drop_it(house):
    house.lend()
    house.run()

    assert house.run(TODAY + 20 * DAY)["sent"] == 1


def test_a_newly_overdue_loan_is_told_of_at_once_with_the_others(house):
    house.lend("A-1", days_ago=31)
    house.lend("A-2", days_ago=28)

    assert days_with_mail(house, 40) == [0, 3, 10, 17]
    second = text_of(house.postbox.messages[1])
    assert "A-1" in second
    assert "A-2" in second


def test_what_came_back_is_not_in_the_next_notice(house):
    house.lend("A-1")
    house.lend("A-2")
    house.run()
    house.happens("return", "A-1", "M-1", TODAY + DAY)

    house.run(TODAY + 7 * DAY)

    assert "A-1" not in text_of(house.postbox.messages[1])
    assert "A-2" in text_of(house.postbox.messages[1])


def test_a_renewed_loan_begins_at_the_first_notice_again(house):
    house.lend()
    house.set(reminder_max="1")
    house.run()
    house.happens("renew", "A-1", "M-1", TODAY + DAY)

    assert house.run(TODAY + 31 * DAY)["sent"] == 0
    assert house.run(TODAY + 32 * DAY)["sent"] == 1


def test_no_second_notice_is_queued_while_the_first_still_waits(house):
    house.lend("A-1")
    house.lend("A-2", days_ago=30)
    house.set(quiet_hours="00:00-23:59")

    assert house.told() == {"overdue": 1, "members": 1, "queued": 1, "held": 1}
    assert house.told(TODAY + DAY) == {"overdue": 2, "members": 1, "waiting": 1, "held": 1}


def test_a_run_for_an_earlier_date_does_not_remind_anew(house):
    house.lend(days_ago=60)
    house.run()

    assert house.run(TODAY - 10 * DAY)["sent"] == 0
