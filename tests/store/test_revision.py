"""The number by which guards know that something has changed."""

from beat_schedule.store.revision import bump, number


def test_it_begins_with_nothing_and_rises_with_each_change(sessions):
    with sessions.begin() as session:
        assert number(session) == 0
        bump(session)
        assert number(session) == 1
        bump(session)

    with sessions.begin() as session:
        assert number(session) == 2


def test_a_change_that_is_taken_back_leaves_it(sessions):
    with sessions() as session:
        bump(session)
        session.rollback()

    with sessions.begin() as session:
        assert number(session) == 0


def test_each_name_has_its_own(sessions):
    with sessions.begin() as session:
        bump(session, "one")
        bump(session, "two")
        bump(session, "two")

        assert (number(session, "one"), number(session, "two")) == (1, 2)
