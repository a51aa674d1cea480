"""Due times in the record: each is decided once, whatever order and however often it is told."""

import dataclasses
import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from beat_schedule.decisions import Decision
from beat_schedule.store.engine import Sessions
from beat_schedule.store.gate import open_run
from beat_schedule.store.journal import Journal
from beat_schedule.store.models import Trigger
from beat_schedule.store.occurrences import BY_THE_GATE, decisions_of
from beat_schedule.store.runs import Admitted
from tests.openings import an_opening
from tests.store.decided import ENTRY, NOON, minutes, sent, span

SKIPPED = span(0, 0, Decision.SKIPPED, reason="overlap with an earlier run")


@pytest.fixture
def journal(sessions: Sessions) -> Journal:
    return Journal(sessions)


@pytest.fixture
def keep(journal):
    return lambda *lines: journal.keep(lines, [], None)


@pytest.fixture
def kept(sessions: Sessions):
    """What stands in the record, the oldest first."""

    def asked(entry=None):
        with sessions() as session:
            return decisions_of(session, entry, limit=100_000)[::-1]

    return asked


@pytest.fixture
def start(sessions: Sessions):
    """Let the run of a due time through the gate."""

    def started(line, **changes):
        opening = an_opening(
            run_id=line.run, entry=line.entry, due_at=line.first_due, started_at=minutes(30)
        )
        with sessions.begin() as session:
            return open_run(session, dataclasses.replace(opening, **changes))

    return started


def test_a_decision_comes_back_as_it_was_told(keep, kept):
    line = sent(step=3, expires_at=minutes(60), reason="one run for 3")

    keep(line)

    assert kept() == [line]


def test_the_same_lines_twice_change_nothing(keep, kept):
    lines = [sent(), span(1, 5), SKIPPED, sent(minutes(6)), sent(), span(1, 9)]
    keep(*lines)
    before = kept()

    keep(*lines)

    assert kept() == before


@pytest.mark.parametrize("at_once", [True, False])
def test_sent_replaces_another_decision_and_says_so(keep, kept, at_once):
    for batch in [(SKIPPED, sent())] if at_once else [(SKIPPED,), (sent(),)]:
        keep(*batch)

    reason = "sent; before: skipped, overlap with an earlier run"
    assert kept() == [sent(reason=reason)]


def test_a_decision_without_a_reason_is_still_told_of(keep, kept):
    keep(dataclasses.replace(SKIPPED, reason=""))
    keep(sent(reason="one run for 3"))

    assert kept() == [sent(reason="one run for 3; before: skipped")]


@pytest.mark.parametrize("at_once", [True, False])
def test_nothing_replaces_what_was_sent(keep, kept, at_once):
    again = sent(term=8, queue="another", reason="again")
    for batch in [(sent(), SKIPPED, again)] if at_once else [(sent(),), (SKIPPED, again)]:
        keep(*batch)

    assert kept() == [sent()]


@pytest.mark.parametrize("at_once", [True, False])
def test_of_equals_the_first_stays(keep, kept, at_once):
    late = span(0, 0, Decision.MISSED, reason="later than its window of 1 h")
    for batch in [(SKIPPED, late)] if at_once else [(SKIPPED,), (late,)]:
        keep(*batch)

    assert kept() == [SKIPPED]


def test_of_a_longer_span_what_lies_beyond_the_decided_is_added(keep, kept):
    keep(sent())

    keep(span(0, 9))

    beyond = dataclasses.replace(
        span(0, 9), first_due=NOON + timedelta(milliseconds=1), last_due=minutes(9), count=9
    )
    assert kept() == [sent(), beyond]


def test_what_was_sent_at_the_beginning_of_a_span_leaves_the_rest_of_it(keep, kept):
    keep(span(0, 1))

    keep(sent())

    first, rest = kept()
    assert first == sent(reason="sent; before: coalesced, one run for all")
    assert rest == span(1, 1)


def test_of_a_span_that_grows_only_what_is_new_is_added(keep, kept):
    keep(sent())
    keep(span(0, 3))

    keep(span(0, 5))

    assert [(line.decision, line.last_due, line.count) for line in kept()] == [
        (Decision.SENT, minutes(0), 1),
        (Decision.COALESCED, minutes(3), 3),
        (Decision.COALESCED, minutes(5), 2),
    ]


def test_thousands_of_lines_are_kept_in_one_go_and_once(keep, kept):
    lines = [
        sent(NOON + timedelta(seconds=second), f"tasks.shop.close@{name}")
        for second, name in itertools.product(range(50), range(50))
    ]
    keep(*lines)

    keep(*lines[100:], *lines[:200])

    assert set(kept()) == set(lines)


def test_two_leaders_who_write_the_same_at_once_write_it_once(journal, kept):
    journal.begin("ours")
    lines = [sent(minutes(number)) for number in range(500)]

    with ThreadPoolExecutor(max_workers=4) as pool:
        some = [lines, lines[::-1], lines[200:], lines[:300]]
        list(pool.map(lambda batch: journal.keep(batch, [], None), some))

    assert kept() == lines


def test_what_a_database_cannot_store_does_not_stop_the_lines(keep, kept):
    strange = sent(reason="\x00 \ud800", queue="q" * 500, entry="tasks.shop.close@" + "x" * 500)

    keep(strange, sent())

    assert {line.reason for line in kept()} == {"", "\\x00 \\ud800"}


def test_decisions_are_shown_newest_first_bounded_and_by_entry(sessions: Sessions, keep):
    other = "tasks.sync.pull@all"
    keep(sent(), sent(minutes(2)), sent(minutes(1)), sent(minutes(3), other))

    with sessions() as session:
        assert decisions_of(session, limit=2) == [sent(minutes(3), other), sent(minutes(2))]
        of_entry = decisions_of(session, ENTRY)

    assert of_entry == [sent(minutes(2)), sent(minutes(1)), sent()]


def test_a_run_that_starts_before_its_line_is_read_was_sent(keep, kept, start):
    start(sent(), queue="mails")
    assert kept() == [sent(term=BY_THE_GATE, decided_at=minutes(30), queue="mails")]

    keep(sent(step=3))

    assert kept() == [sent(step=3)]


def test_a_run_that_starts_after_its_line_was_read_changes_nothing_of_it(keep, kept, start):
    keep(sent(step=3, reason="one run for 3"))

    start(sent(), queue="mails")

    assert kept() == [sent(step=3, reason="one run for 3")]


def test_a_run_that_starts_was_sent_whatever_was_decided(keep, kept, start):
    keep(SKIPPED)

    start(sent())
    keep(SKIPPED)

    [line] = kept()
    reason = "sent; before: skipped, overlap with an earlier run"
    assert (line.decision, line.run, line.reason) == (Decision.SENT, sent().run, reason)

    keep(sent(step=3))
    assert kept() == [sent(step=3, reason=reason)]


def test_a_run_that_starts_at_the_beginning_of_a_span_leaves_the_rest_of_it(keep, kept, start):
    keep(span(0, 1))

    start(sent())

    assert [line.decision for line in kept()] == [Decision.SENT, Decision.COALESCED]


@pytest.mark.parametrize("trigger", [Trigger.MANUAL, Trigger.CALL])
def test_a_run_that_nobody_scheduled_decides_no_due_time(kept, start, trigger):
    assert start(sent(), trigger=trigger) == Admitted(attempt=1)

    assert kept() == []


def test_gates_and_a_drain_at_once_agree(journal, kept, start):
    journal.begin("ours")
    lines = [sent(minutes(number)) for number in range(100)]

    with ThreadPoolExecutor(max_workers=3) as pool:
        drains = [
            pool.submit(journal.keep, lines[at : at + 20], [], None) for at in range(0, 100, 20)
        ]
        answers = list(pool.map(start, lines))
        for drain in drains:
            drain.result()

    assert answers == [Admitted(attempt=1)] * 100
    assert kept() == lines
    assert journal.unstarted(minutes(999), [ENTRY]) == []
