"""The table of features, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from beat_schedule.errors import NotFoundError
from beat_schedule.features import Toggle
from beat_schedule.store.features import every_feature, feature_named, states, switch, sync
from beat_schedule.store.revision import number

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)

SYNC = Toggle("SYNC_ALGOLIA", "Index what has changed")
MAIL = Toggle("MAIL_NOTICES", "Mail the notices", active=False)


@pytest.fixture
def synced(sessions):
    """Let the table follow these toggles."""

    def synced(*toggles, at=NOON):
        with sessions.begin() as session:
            return sync(session, toggles, at)

    return synced


@pytest.fixture
def switched(sessions):
    def switched(name, *, active, by="ada", why="deploy", at=LATER):
        with sessions.begin() as session:
            return switch(session, name, active=active, by=by, why=why, at=at)

    return switched


@pytest.fixture
def revision(sessions):
    def revision():
        with sessions.begin() as session:
            return number(session)

    return revision


@pytest.fixture
def on(sessions):
    """Which features have a row, and whether each is on."""

    def on():
        with sessions.begin() as session:
            return dict(states(session).rows)

    return on


def test_every_toggle_gets_a_row_and_stands_as_it_is_declared(synced, sessions):
    assert synced(SYNC, MAIL).added == ("MAIL_NOTICES", "SYNC_ALGOLIA")

    with sessions.begin() as session:
        mail, sync_algolia = every_feature(session)
    assert (mail.name, mail.active, mail.changed_at) == ("MAIL_NOTICES", False, NOON)
    assert (sync_algolia.active, sync_algolia.description) == (True, "Index what has changed")
    assert (mail.changed_by, mail.why) == ("hookbeat", "declared")


def test_a_second_sync_changes_nothing(synced, revision):
    synced(SYNC, MAIL)
    before = revision()

    assert synced(SYNC, MAIL, at=LATER).added == ()

    assert revision() == before


def test_what_somebody_switched_stays_so_whatever_the_code_says(synced, switched, on):
    synced(SYNC, MAIL)
    switched("SYNC_ALGOLIA", active=False)

    synced(SYNC, MAIL)

    assert on() == {"MAIL_NOTICES": False, "SYNC_ALGOLIA": False}


def test_a_new_description_is_taken_over(synced, sessions):
    synced(SYNC)

    synced(Toggle("SYNC_ALGOLIA", "In other words"))

    with sessions.begin() as session:
        assert feature_named(session, "SYNC_ALGOLIA").description == "In other words"


def test_what_the_enum_lacks_is_told_and_kept(synced, on):
    synced(SYNC, MAIL)

    assert synced(SYNC).unknown == ("MAIL_NOTICES",)

    assert "MAIL_NOTICES" in on()


def test_many_processes_that_sync_at_once_do_no_harm(sessions, on):
    toggles = [Toggle(f"FEATURE_{n}", f"Number {n}") for n in range(20)]
    start = Barrier(4)

    def process(order):
        start.wait()
        with sessions.begin() as session:
            return sync(session, toggles[::order], NOON).added

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(process, [1, -1, 1, -1]))

    assert len(on()) == 20
    assert sum(map(len, added)) == 20


def test_a_switch_says_who_and_why_and_lets_the_revision_rise(synced, switched, revision):
    synced(SYNC)
    before = revision()

    feature = switched("SYNC_ALGOLIA", active=False, by="ada", why="quota is used up")

    assert (feature.active, feature.changed_by, feature.changed_at) == (False, "ada", LATER)
    assert feature.why == "quota is used up"
    assert revision() == before + 1


def test_a_switch_that_stands_so_already_changes_nothing(synced, switched, revision, sessions):
    synced(SYNC)
    before = revision()

    assert switched("SYNC_ALGOLIA", active=True) is None

    assert revision() == before
    with sessions.begin() as session:
        assert feature_named(session, "SYNC_ALGOLIA").changed_by == "hookbeat"


def test_an_unknown_feature_is_told_with_a_suggestion(synced, switched):
    synced(SYNC)

    with pytest.raises(NotFoundError, match="did you mean 'SYNC_ALGOLIA'"):
        switched("SYNC_ALGOLA", active=False)


def test_what_no_database_can_hold_is_made_visible(synced, switched):
    synced(Toggle("A", "with \x00 in it"))

    feature = switched("A", active=False, by="a\x00da", why="\ud800")

    assert (feature.description, feature.changed_by) == ("with \\x00 in it", "a\\x00da")
