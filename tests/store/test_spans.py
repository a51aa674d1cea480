"""Like decisions that follow each other are one row, whatever is told twice."""

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from beat_schedule.clock import to_millis
from beat_schedule.decisions import Decision
from beat_schedule.errors import RecordAwayError
from beat_schedule.store import spans
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.gate import open_run
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Base, Occurrence
from beat_schedule.store.occurrences import decisions_of
from tests.openings import an_opening
from tests.simulation.ledger import Ledger
from tests.store.decided import ENTRY, minutes, sent, span

OTHER = "tasks.sync.pull@all"


def skipped(number, reason="overlap with a run", **changes):
    return span(number, number, Decision.SKIPPED, reason=reason, **changes)


@pytest.fixture
def journal(sessions):
    return Journal(sessions)


@pytest.fixture
def rows(sessions):
    """The rows of an entry, the oldest first: decision, first and last minute, count."""

    def rows(entry=ENTRY):
        with sessions() as session:
            found = decisions_of(session, entry, limit=1000)[::-1]
        return [(str(row.decision), *minutes_of(row), row.count) for row in found]

    return rows


def minutes_of(row):
    return tuple((at - minutes(0)) / timedelta(minutes=1) for at in (row.first_due, row.last_due))


def test_like_ones_of_one_drain_are_one_row(journal, rows):
    journal.keep([sent(), *map(skipped, range(1, 60))], [], None)

    assert rows() == [("sent", 0, 0, 1), ("skipped", 1, 59, 59)]


def test_like_ones_of_many_drains_are_one_row(journal, rows):
    for number in range(5):
        journal.keep([skipped(number)], [], None)
    journal.keep([span(5, 7, Decision.SKIPPED, reason="overlap with a run")], [], None)

    assert rows() == [("skipped", 0, 7, 8)]


def test_a_row_that_grows_says_when_it_was_decided_last(journal, sessions):
    for number in range(3):
        journal.keep([skipped(number)], [], None)

    with sessions() as session:
        [row] = decisions_of(session, ENTRY)
    assert row == dataclasses.replace(
        skipped(0), last_due=minutes(2), count=3, decided_at=skipped(2).decided_at
    )


@pytest.mark.parametrize(
    "other",
    [
        sent(minutes(1)),
        skipped(1, "overlap with another run"),
        skipped(1, term=8),
        span(1, 1, Decision.MISSED, reason="overlap with a run"),
    ],
    ids=["sent", "another reason", "another term", "another decision"],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_not_alike_begins_another_row(journal, rows, other, at_once):
    lines = [skipped(0), other, skipped(2), skipped(3)]
    for batch in [lines] if at_once else [[line] for line in lines]:
        journal.keep(batch, [], None)

    assert [(first, last) for _, first, last, _ in rows()] == [(0, 0), (1, 1), (2, 3)]


def test_what_was_sent_is_never_put_together(journal, rows):
    journal.keep([sent(minutes(number)) for number in range(3)], [], None)

    assert len(rows()) == 3


def test_each_entry_has_rows_of_its_own(journal, rows):
    for number in range(4):
        journal.keep([skipped(number), skipped(number, entry=OTHER)], [], None)

    assert rows() == rows(OTHER) == [("skipped", 0, 3, 4)]


@pytest.mark.parametrize("by_another_leader", [True, False])
def test_a_drain_that_is_repeated_changes_nothing(journal, rows, sessions, by_another_leader):
    lines = [sent(), *map(skipped, range(1, 6)), sent(minutes(6)), *map(skipped, range(7, 9))]
    for at in range(0, 9, 3):
        journal.keep(lines[at : at + 3], [], None)
    before = rows()
    again = Journal(sessions) if by_another_leader else journal

    for begin in range(9):
        again.keep(lines[begin:], [], None)

    assert rows() == before
    again.keep([skipped(9)], [], None)
    assert sum(count for *_, count in rows()) == 10


def test_the_same_due_times_twice_in_one_drain_are_told_once(journal, rows):
    journal.keep([*map(skipped, range(5)), *map(skipped, range(1, 5))], [], None)

    assert rows() == [("skipped", 0, 4, 5)]


def test_another_leader_begins_a_row_of_its_own_term(journal, rows, sessions):
    journal.keep([skipped(0), skipped(1)], [], None)

    Journal(sessions).keep([skipped(2, term=8), skipped(3, term=8)], [], None)

    assert rows() == [("skipped", 0, 1, 2), ("skipped", 2, 3, 2)]


def test_what_is_decided_once_more_within_a_row_stays_as_it_was(journal, rows, sessions):
    journal.keep(list(map(skipped, range(10))), [], None)

    # Redis went back: a new leader decides from the fourth minute on.
    again = [sent(minutes(4), term=9), *(skipped(n, "overlap with four", term=9) for n in (5, 6))]
    Journal(sessions).keep(again, [], None)

    assert rows() == [("skipped", 0, 9, 10), ("sent", 4, 4, 1)]


def test_a_run_that_starts_within_a_row_stands_beside_it(journal, rows, sessions):
    journal.keep(list(map(skipped, range(4))), [], None)

    with sessions.begin() as session:
        open_run(session, an_opening(run_id=sent(minutes(2)).run, due_at=minutes(2)))
    journal.keep([skipped(4)], [], None)

    assert rows() == [("skipped", 0, 4, 5), ("sent", 2, 2, 1)]


def test_a_row_that_somebody_changed_meanwhile_does_not_grow(journal, rows, sessions):
    journal.keep([skipped(0)], [], None)
    with sessions.begin() as session:
        open_run(session, an_opening(run_id=sent().run))

    journal.keep([skipped(1), skipped(2)], [], None)
    journal.keep([skipped(3)], [], None)

    assert rows()[0] == ("sent", 0, 0, 1)
    assert sum(count for *_, count in rows()) == 4


def test_a_row_that_was_cleaned_away_does_not_grow(journal, rows, sessions):
    journal.keep([skipped(0)], [], None)
    with sessions.begin() as session:
        session.query(Occurrence).delete()

    journal.keep([skipped(1)], [], None)

    assert rows() == [("skipped", 1, 1, 1)]


def test_a_commit_whose_reply_was_lost_is_made_good(journal, rows, sessions):
    journal.keep([skipped(0)], [], None)
    engine = sessions.kw["bind"]

    def lose(connection):
        connection.connection.commit()
        raise RecordAwayError("the reply was lost")

    event.listen(engine, "commit", lose)
    with pytest.raises(RecordAwayError):
        journal.keep([skipped(1), skipped(2)], [], None)
    event.remove(engine, "commit", lose)

    journal.keep([skipped(1), skipped(2), skipped(3)], [], None)

    assert sum(count for *_, count in rows()) == 4


def test_of_too_many_rows_none_is_looked_at_and_none_grows(journal, rows, sessions, monkeypatch):
    journal.keep([sent(minutes(number)) for number in range(9)], [], None)
    monkeypatch.setattr(spans, "MOST", 5)

    Journal(sessions).keep([skipped(0), skipped(10), skipped(11)], [], None)

    assert rows()[9:] == [("skipped", 10, 10, 1), ("skipped", 11, 11, 1)]


# Whatever is told, and however often: each due time has the decision that the model says


LINES = 12


@st.composite
def histories(draw):
    """Drains of what one leader after the other decided, some of them told again."""
    drains = []
    for term in range(1, draw(st.integers(1, 3)) + 1):
        begin = draw(st.integers(0, LINES - 1))
        kinds = draw(st.lists(st.sampled_from("ssab"), min_size=LINES, max_size=LINES))
        lines = [
            line_of(kind, number, term) for number, kind in enumerate(kinds) if number >= begin
        ]
        while lines:
            size = draw(st.integers(1, len(lines)))
            drains.append((term, lines[:size]))
            repeats = draw(st.booleans())
            lines = lines if repeats and size < len(lines) and draw(st.booleans()) else lines[size:]
            if repeats:
                drains.append(drains[-1])
    return drains


def line_of(kind, number, term):
    if kind == "a":
        return sent(minutes(number), term=term)
    return skipped(number, f"because of {kind}", term=term)


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('spans')}/x.db")
    Base.metadata.create_all(engine)
    yield make_sessions(engine)
    engine.dispose()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drains=histories(), restarts=st.sets(st.integers(0, 30)))
def test_each_due_time_has_the_decision_that_was_first_or_sent(memory, drains, restarts):
    model, journal = Ledger(lambda: 0), Journal(memory)
    with memory.begin() as session:
        session.query(Occurrence).delete()
    for number, (term, lines) in enumerate(drains):
        if number in restarts or (number and drains[number - 1][0] != term):
            journal = Journal(memory)
        journal.keep(lines, [], None)
        model.keep(lines, [], None)

    with memory() as session:
        found = decisions_of(session, ENTRY, limit=1000)
    for number in range(LINES):
        at = minutes(number)
        around = [row for row in found if row.first_due <= at <= row.last_due]
        stands = max(around, key=lambda row: row.first_due, default=None)
        meant = model.of(ENTRY, to_millis(at))
        assert (stands and stands.decision) == (meant and meant.decision)
        if meant and meant.decision is not Decision.SENT:
            assert (stands.reason, stands.term) == (meant.reason, meant.term)
