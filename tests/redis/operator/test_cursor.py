"""Up to when everything was looked at, and what became of it."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule.clock import from_millis
from beat_schedule.decisions import Decided, Decision
from beat_schedule.dispatch.values import Owing
from tests.desk import told


def test_the_cursor_tells_how_far_it_is_behind_and_what_is_owed(hookbeat, leader, count):
    leader.lead().look_at(count)
    now = leader.operator.now()
    leader.advance(owing={count: Owing(now, now, "WRONGTYPE default")})

    done = hookbeat("cursor")

    assert done.exit_code == 0, done.output
    assert "WRONGTYPE default" in done.output
    machine = told(hookbeat("cursor", "--json"))
    assert 0 <= machine["behind"] < 10
    assert [(owed["entry"], owed["why"]) for owed in machine["owing"]] == [
        (count, "WRONGTYPE default")
    ]
    assert machine["journal"] == 0


def test_a_cursor_that_stands_or_is_ahead_is_a_problem(hookbeat, leader):
    assert "no cursor yet" in hookbeat("cursor").output
    leader.lead().advance(behind=timedelta(seconds=30))
    assert "it stands still" in hookbeat("cursor").output

    leader.advance(behind=-timedelta(hours=1))

    done = hookbeat("cursor")
    assert done.exit_code == 1
    assert "ahead of Redis's clock" in done.output


def test_a_cursor_is_set_back_with_all_entries_and_the_leader_starts_anew(hookbeat, leader, count):
    leader.lead().look_at(count, spread=timedelta(minutes=5))
    leader.look_at("short")
    leader.advance(behind=-timedelta(hours=1))
    back = leader.operator.now() - timedelta(hours=2)

    refused = hookbeat("cursor", "--reset", back.isoformat(), input="n\n")
    assert refused.exit_code == 1
    assert "is decided again" in refused.output
    assert leader.operator.look().cursor > back

    done = hookbeat("cursor", "--reset", back.isoformat(), "--yes")

    assert done.exit_code == 0, done.output
    assert "entries set back: 2" in done.output
    stored = from_millis(int(back.timestamp() * 1000))
    sight = leader.operator.look()
    assert abs(sight.cursor - stored) <= timedelta(milliseconds=1)
    assert sight.cursor - leader.operator.last(count) == timedelta(minutes=5)
    assert leader.operator.last("short") == sight.cursor
    assert sight.owner == ""


@pytest.mark.parametrize(
    ("to", "complaint"),
    [("2999-01-01", "only goes back"), ("soon", "is neither a date nor a time")],
)
def test_a_cursor_goes_only_back(hookbeat, leader, to, complaint):
    leader.lead().advance()

    done = hookbeat("cursor", "--reset", to, "--yes")

    assert done.exit_code == 2
    assert complaint in done.output


def test_decisions_say_why(hookbeat, journal, count):
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    line = {"entry": count, "term": 1, "decided_at": noon}
    run = uuid.uuid4()
    span = Decided(
        first_due=noon,
        last_due=noon + timedelta(hours=2),
        count=3,
        decision=Decision.SKIPPED,
        reason="paused by ada: deploy",
        **line,
    )
    later = noon + timedelta(hours=3)
    sent = Decided(
        first_due=later, last_due=later, count=1, decision=Decision.SENT, reason="", run=run, **line
    )
    assert hookbeat("decisions").output == "nothing is decided yet\n"
    journal.keep([span, sent], [], None)

    listed = hookbeat("decisions", count).output

    assert listed.index("sent") < listed.index("paused by ada: deploy")
    assert "2026-05-04 12:00:00Z" in listed
    assert "to 2026-05-04 14:00:00Z" in listed
    [newest] = told(hookbeat("decisions", "--limit", "1", "--json"))
    assert (newest["decision"], newest["run"]) == ("sent", str(run))
    assert hookbeat("decisions", "gone").exit_code == 1
    journal.keep([replace(sent, entry="gone")], [], None)
    assert "sent" in hookbeat("decisions", "gone").output
