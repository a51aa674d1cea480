"""What a day's run tells whom, on both databases."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from beat_schedule.settings import Settings
from tasks.library.errors import LibrarySettingsError
from tests.library_house import TODAY, House, html_of, text_of

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


def test_a_run_says_sent_no_address_and_failed_even_when_nothing_is_overdue(house):
    assert house.run() == {
        "overdue": 0,
        "members": 0,
        "queued": 0,
        "sent": 0,
        "no_address": 0,
        "failed": 0,
    }


@pytest.mark.parametrize(
    ("days_ago", "overdue"), [(0, 0), (1, 0), (29, 0), (30, 0), (31, 1), (32, 1), (400, 1)]
)
def test_a_loan_of_thirty_days_is_overdue_from_day_thirty_one(house, days_ago, overdue):
    house.lend(days_ago=days_ago)

    assert house.run()["overdue"] == overdue


@pytest.mark.parametrize("at", [time(0, 0), time(23, 59, 59, 999_999)])
def test_the_time_of_day_of_a_loan_makes_no_difference(house, at):
    house.member()
    house.book()
    house.happens("issue", "A-1", "M-1", TODAY - 30 * DAY, at)

    assert house.run()["overdue"] == 0
    assert house.run(TODAY + DAY)["overdue"] == 1


@pytest.mark.parametrize(
    ("zone", "lent", "overdue_from"),
    [
        # Across the change to summer time, with days of 23 hours between.
        ("Europe/Paris", "2026-03-01T23:59", date(2026, 4, 1)),
        ("Europe/Paris", "2026-03-02T00:00", date(2026, 4, 2)),
        # Back to winter: the day of 25 hours is one day.
        ("Europe/Paris", "2026-09-25T00:00", date(2026, 10, 26)),
        # Midnight does not exist on the day that decides.
        ("Africa/Cairo", "2026-04-24T01:00", date(2026, 5, 25)),
        ("Africa/Cairo", "2026-04-23T23:59", date(2026, 5, 24)),
        # Far from UTC, on either side.
        ("Pacific/Kiritimati", "2026-01-01T00:00", date(2026, 2, 1)),
        ("Pacific/Pago_Pago", "2026-01-01T23:59", date(2026, 2, 1)),
    ],
)
def test_days_are_those_of_the_library_also_across_clock_changes(engine, zone, lent, overdue_from):
    house = House(engine=engine, zone=ZoneInfo(zone))
    house.set(timezone=zone)
    house.member()
    house.book()
    day, _, at = lent.partition("T")
    house.happens("issue", "A-1", "M-1", date.fromisoformat(day), time.fromisoformat(at))

    assert house.run(overdue_from - DAY)["overdue"] == 0
    assert house.run(overdue_from)["overdue"] == 1


def test_the_library_keeps_the_house_s_zone_unless_it_has_its_own(engine):
    house = House(engine=engine, settings=Settings(timezone="Asia/Tokyo"))
    house.member()
    house.book()
    # 16:00 UTC is the next day in Tokyo.
    house.happens("issue", "A-1", "M-1", TODAY - 31 * DAY, time(16))

    assert house.run()["overdue"] == 0


def test_what_came_back_is_not_overdue(house):
    house.lend(days_ago=40)
    house.happens("return", "A-1", "M-1", TODAY - DAY)

    assert house.told() == {}


def test_what_is_lost_is_not_asked_for(house):
    house.lend(days_ago=40)
    house.happens("lost", "A-1", "M-1", TODAY - DAY)

    assert house.told() == {}


def test_a_renewal_starts_the_days_again(house):
    house.lend(days_ago=60)
    house.happens("renew", "A-1", "M-1", TODAY - 30 * DAY)

    assert house.run()["overdue"] == 0
    house.run(TODAY + DAY)
    assert "due on 1 February 2026" in text_of(house.postbox.messages[0])


def test_who_borrowed_it_last_is_asked(house):
    house.lend("A-1", "M-1", days_ago=90)
    house.happens("return", "A-1", "M-1", TODAY - 80 * DAY)
    house.lend("A-1", "M-2", days_ago=31)

    house.run()

    assert house.postbox.addresses == ["m-2@example.org"]


def test_of_two_at_the_same_instant_the_later_line_counts(house):
    house.lend("A-1", "M-1", days_ago=31)
    house.happens("return", "A-1", "M-1", TODAY - 31 * DAY)
    house.lend("A-2", "M-2", days_ago=60)
    house.happens("return", "A-2", "M-2", TODAY - 31 * DAY)
    house.happens("issue", "A-2", "M-2", TODAY - 31 * DAY)

    house.run()

    assert house.postbox.addresses == ["m-2@example.org"]


def test_touching_an_old_transaction_does_not_bring_it_back(house):
    house.lend("A-1", days_ago=40)
    house.happens("return", "A-1", "M-1", TODAY - 40 * DAY)
    house.lend("A-1", days_ago=41)

    assert house.told() == {}


def test_a_run_for_a_past_date_sees_that_date(house):
    house.lend(days_ago=40)
    house.happens("return", "A-1", "M-1", TODAY - 5 * DAY)

    assert house.run(TODAY - 10 * DAY)["overdue"] == 0
    assert house.run(TODAY - 6 * DAY)["overdue"] == 1
    assert house.run(TODAY - 5 * DAY)["overdue"] == 0


def test_the_mail_is_for_the_logical_date_whenever_the_run_starts(house):
    house.lend(days_ago=30)
    house.clock.advance(timedelta(hours=30))

    assert house.run(TODAY)["overdue"] == 0


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("thirty", "loan_period: must be a whole number"),
        ("0", "loan_period: must be a whole number"),
        ("-3", "loan_period: must be a whole number"),
        ("30.5", "loan_period: must be a whole number"),
    ],
)
def test_a_bad_loan_period_stops_the_run_and_mails_nobody(house, value, complaint):
    house.lend()
    house.set(loan_period=value)

    with pytest.raises(LibrarySettingsError, match=complaint):
        house.run()

    assert (house.postbox.messages, house.states()) == ([], [])


def test_a_missing_loan_period_stops_the_run_and_says_how_to_set_it(house):
    house.lend(days_ago=1)
    house.forget("loan_period")

    with pytest.raises(LibrarySettingsError, match="settings loan_period=30"):
        house.run()

    assert (house.postbox.messages, house.states()) == ([], [])


def test_a_loan_keeps_the_period_under_which_it_was_made(house):
    house.lend("A-1", "M-1", days_ago=20)
    house.lend("A-2", "M-2", days_ago=10)
    house.set(loan_period=f"30, 7 from {TODAY - 15 * DAY}")

    house.run()

    assert house.postbox.addresses == ["m-2@example.org"]
    assert "due on 29 January 2026" in text_of(house.postbox.messages[0])


def test_grace_days_delay_the_notice_and_not_the_due_date(house):
    house.lend(days_ago=33)
    house.set(grace_days="2")

    assert house.run(TODAY - DAY)["overdue"] == 0
    house.run()
    assert "due on 29 January 2026" in text_of(house.postbox.messages[0])


def test_a_due_date_on_a_closed_day_moves_to_the_next_open_one(house):
    # Due on Saturday, 31 January; Monday is closed too.
    house.lend(days_ago=31)
    house.set(closed_weekdays="sat,sun", closed_dates="2026-02-02")

    assert house.run(date(2026, 2, 3))["overdue"] == 0
    house.run(date(2026, 2, 4))
    assert "due on 3 February 2026" in text_of(house.postbox.messages[0])


@pytest.mark.parametrize("email", [None, "", "nonsense", "a@b", "one@x.org,two@x.org", "a b@x.org"])
def test_a_member_without_a_valid_address_is_counted_and_listed(house, email):
    house.member("M-1", email=email)
    house.lend()

    assert house.told() == {"overdue": 1, "members": 1, "no_address": 1}
    assert [line["members"] for line in house.log.entries] == [("M-1",)]


def test_the_first_notice_waits_until_there_is_an_address(house):
    house.member("M-1", email=None)
    house.lend()
    house.run()
    house.member("M-1", email="found@example.org")

    assert house.run(TODAY + DAY)["sent"] == 1


@pytest.mark.parametrize("name", ["opted_out", "blocked"])
def test_who_opted_out_or_is_blocked_gets_nothing_and_is_counted(house, name):
    house.member("M-1", **{name: True})
    house.lend()

    assert house.told() == {"overdue": 1, "members": 1, name: 1}


def test_every_member_gets_their_own_language(house):
    house.member("M-1", language="fr", name="Émilie")
    house.member("M-2", language=None, name="Bob")
    house.lend("A-1", "M-1")
    house.lend("A-2", "M-2")
    house.set(language="fr")

    house.run()

    assert {m["Subject"] for m in house.postbox.messages} == {
        "Articles de la bibliothèque en retard"
    }
    assert "à rendre le 31 janvier 2026" in html_of(house.postbox.messages[0])


def test_the_log_holds_ids_and_nothing_of_what_they_mean(house):
    house.member("M-1", name="Ada Lovelace", email="ada@example.org")
    house.book("A-1", "A Secret Passion")
    house.lend()
    house.member("M-2", name="Bad Address", email="bad.example.org")
    house.lend("A-2", "M-2")

    house.run()

    told = str(house.log.entries)
    assert "M-1" in told
    assert "M-2" in told
    assert not any(word in told for word in ("Ada", "example", "Secret", "Bad"))
