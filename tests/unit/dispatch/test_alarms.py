"""What the leader takes for an incident, on a clock that the test moves."""

from datetime import timedelta

import pytest

from beat_schedule import signals
from beat_schedule.dispatch.alarms import Alarms
from beat_schedule.dispatch.errors import DoubtError
from beat_schedule.entries import run_id
from beat_schedule.errors import RecordAwayError
from beat_schedule.incidents import Expected, Incident, IncidentKind
from beat_schedule.testing import ManualClock
from tests.unit.dispatch.recorded import Recorded, a_failure, a_success, an_entry, minutes

FAILING, MISSED = IncidentKind.FAILING, IncidentKind.MISSED


@pytest.fixture
def clock():
    return ManualClock(minutes(0))


@pytest.fixture
def record():
    return Recorded()


@pytest.fixture
def look(record, clock):
    """Of a leader that watches these entries; each call is a look of another leader."""

    def look(*entries):
        Alarms(entries, record, clock.now).look()
        return [(each.kind, each.began_at) for each in record.incidents if not each.ended_at]

    return look


def due(at, reason="it was sent, and no worker started it"):
    return Expected(due_at=minutes(at), reason=reason)


# Failing


def test_failures_in_a_row_are_an_incident_and_one_fewer_is_none(record, look):
    entry = an_entry(alert_after=3)
    record.ended["close"] = [a_failure(2), a_failure(1)]
    assert look(entry) == []

    record.ended["close"].insert(0, a_failure(3, "KeyError: 'x'"))

    assert look(entry) == [(FAILING, minutes(1))]
    [incident] = record.incidents
    assert incident.reason == "its last 3 runs failed, the last of them: KeyError: 'x'"
    assert incident.run == record.ended["close"][0].run


def test_a_success_among_them_breaks_the_row(record, look):
    record.ended["close"] = [a_failure(3), a_success(2), a_failure(1)]

    assert look(an_entry(alert_after=2)) == []
    assert look(an_entry(alert_after=1)) == [(FAILING, minutes(3))]


def test_one_failure_is_said_as_one(record, look):
    record.ended["close"] = [a_failure(0)]

    look(an_entry(alert_after=1))

    assert record.incidents[0].reason == "its last run failed: ValueError: no"


def test_it_is_over_with_the_next_success_and_may_begin_again(record, look):
    entry = an_entry(alert_after=2)
    record.ended["close"] = [a_failure(2), a_failure(1)]
    look(entry)
    record.ended["close"].insert(0, a_success(3))

    assert look(entry) == []
    assert record.incidents[0].ended_at == minutes(3)

    record.ended["close"] = [a_failure(5), a_failure(4), *record.ended["close"]]
    assert look(entry) == [(FAILING, minutes(4))]


def test_more_failures_are_the_same_incident_whoever_looks(record, look):
    entry = an_entry(alert_after=2)
    for at in range(6):
        record.ended.setdefault("close", []).insert(0, a_failure(at))
        look(entry)

    assert [each.began_at for each in record.incidents] == [minutes(0)]


# Missed


def test_without_a_success_for_so_long_after_a_due_time_an_entry_is_missed(record, look, clock):
    entry = an_entry(expect_within=30)
    record.due["close"] = due(0)
    clock.advance(timedelta(minutes=29, seconds=59))
    assert look(entry) == []

    clock.advance(timedelta(seconds=1))

    assert look(entry) == [(MISSED, minutes(0))]
    assert record.incidents[0].reason == (
        "no run succeeded within 30 minutes of its due time: it was sent, and no worker started it"
    )


def test_what_is_sent_later_has_that_much_more_time(record, look, clock):
    entry = an_entry(expect_within=30, spread=10)
    record.due["close"] = due(0)
    clock.advance(timedelta(minutes=39))
    assert look(entry) == []

    clock.advance(timedelta(minutes=1))

    assert look(entry) == [(MISSED, minutes(0))]


def test_an_entry_that_was_never_due_since_it_was_declared_is_not_missed(look, clock):
    clock.advance(timedelta(days=400))

    assert look(an_entry(expect_within=30)) == []


def test_a_success_in_time_is_no_incident(record, look, clock):
    record.due["close"], record.succeeded["close"] = due(0), minutes(0)
    clock.advance(timedelta(hours=1))

    assert look(an_entry(expect_within=30)) == []


def test_a_success_of_an_earlier_due_time_does_not_count(record, look, clock):
    record.due["close"], record.succeeded["close"] = due(0), minutes(-60)
    clock.advance(timedelta(minutes=30))

    assert look(an_entry(expect_within=30)) == [(MISSED, minutes(0))]


def test_it_is_one_incident_however_many_due_times_pass_until_a_success(record, look, clock):
    entry = an_entry(expect_within=30)
    for hour in range(5):
        record.due["close"] = due(60 * hour)
        clock.advance(timedelta(hours=1))
        assert look(entry) == [(MISSED, minutes(0))]

    record.succeeded["close"] = minutes(240)

    assert look(entry) == []
    assert len(record.incidents) == 1


def test_after_a_success_the_next_miss_is_another_incident(record, look, clock):
    entry = an_entry(expect_within=30)
    for hour in (0, 1):
        record.due["close"] = due(60 * hour)
        clock.advance(timedelta(hours=1))
        look(entry)
        record.succeeded["close"] = minutes(60 * hour)
        look(entry)

    assert [each.began_at for each in record.incidents] == [minutes(0), minutes(60)]


@pytest.mark.parametrize("target", ["close", "*"])
def test_while_it_is_held_an_entry_is_not_missed(record, look, clock, target):
    entry = an_entry(expect_within=30)
    record.due["close"] = due(0)
    record.holds = {target, "another"}
    clock.advance(timedelta(hours=1))
    assert look(entry) == []

    record.holds = {"another"}

    assert look(entry) == [(MISSED, minutes(0))]


def test_what_was_missed_before_a_hold_is_over_with_a_success_and_not_before(record, look, clock):
    entry = an_entry(expect_within=30)
    record.due["close"] = due(0)
    clock.advance(timedelta(hours=1))
    look(entry)
    # Of the due times since then each was held back, and the older ones are forgotten.
    record.holds = {"close"}
    del record.due["close"]
    assert look(entry) == [(MISSED, minutes(0))]

    record.succeeded["close"] = minutes(50)

    assert look(entry) == []


def test_what_was_missed_once_is_no_incident_again(record, look, clock):
    entry = an_entry(expect_within=30)
    record.due["close"] = due(0)
    clock.advance(timedelta(hours=1))
    look(entry)
    look()

    assert look(entry) == []
    assert len(record.incidents) == 1


def test_users_own_code_hears_once_of_what_was_missed(record, look, clock):
    heard = []
    entry = an_entry(expect_within=30, alert_after=1)
    record.due["close"], record.ended["close"] = due(0), [a_failure(1)]
    clock.advance(timedelta(hours=1))

    signals.run_missed.connect(heard.append)
    look(entry)
    look(entry)
    signals.run_missed.disconnect(heard.append)

    [run] = heard
    assert (run.id, run.entry, run.due_at) == (run_id("close", minutes(0)), "close", minutes(0))
    assert run.reason == record.incidents[1].reason


# Both


def test_an_entry_that_is_watched_no_more_ends_its_incidents(record, look, clock):
    entry = an_entry(expect_within=30, alert_after=1)
    record.due["close"], record.ended["close"] = due(0), [a_failure(1)]
    clock.advance(timedelta(hours=1))
    assert len(look(entry)) == 2

    assert look(an_entry(expect_within=30)) == [(MISSED, minutes(0))]
    assert look() == []
    assert {each.ended_at for each in record.incidents} == {clock.now()}


def test_what_nobody_follows_is_not_watched(record, look, clock):
    record.due["close"], record.ended["close"] = due(0), [a_failure(1)]
    clock.advance(timedelta(hours=1))

    assert look(an_entry(expect_within=30, alert_after=1, tracked=False)) == []


def test_only_what_is_watched_is_asked_for(record, look):
    look(an_entry("a", expect_within=30), an_entry("b", alert_after=2), an_entry("c"))

    asked = dict(record.asked)
    assert asked["ends"] == {"b": 2}
    assert asked["expected"] == {"a": minutes(-30)}


def test_what_begins_and_what_is_over_is_logged_once(record, look, caplog):
    caplog.set_level("INFO")
    entry = an_entry(alert_after=1)
    record.ended["close"] = [a_failure(1)]
    look(entry)
    look(entry)
    record.ended["close"].insert(0, a_success(2))
    look(entry)
    look(entry)

    said = [record.hookbeat for record in caplog.records]
    assert [each["event"] for each in said] == ["incident.began", "incident.ended"]
    assert said[0]["reason"] == "its last run failed: ValueError: no"
    assert {(each["entry"], each["kind"]) for each in said} == {("close", "failing")}


def test_two_leaders_at_once_note_and_log_it_once(record, look, clock, caplog):
    """The old one was frozen after it had asked what is open."""
    entry = an_entry(alert_after=1)
    record.ended["close"] = [a_failure(1)]
    frozen = Alarms([entry], record, clock.now)
    look(entry)
    frozen._begin(
        Incident(entry="close", kind=FAILING, began_at=minutes(1), reason="again", run=None)
    )

    assert len(record.incidents) == 1
    assert caplog.text.count("incident.began") == 1


def test_nothing_is_found_while_it_is_not_known_what_time_it_is_or_the_record_is_away(
    record, clock
):
    def in_doubt():
        raise DoubtError("Redis's clock is +60.0 s from where it should be")

    with pytest.raises(DoubtError):
        Alarms([], record, in_doubt).look()
    record.is_away = True
    with pytest.raises(RecordAwayError):
        Alarms([], record, clock.now).look()
    assert record.incidents == []
