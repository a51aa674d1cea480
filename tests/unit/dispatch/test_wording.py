"""What people are told of an incident, word for word."""

import uuid
from dataclasses import replace

from beat_schedule.dispatch.wording import worded
from beat_schedule.incidents import Incident, IncidentKind
from tests.unit.dispatch.recorded import an_entry, minutes

FAILING = Incident(
    entry="close",
    kind=IncidentKind.FAILING,
    began_at=minutes(0),
    reason="its last 3 runs failed, the last of them: ValueError: no",
    run=uuid.UUID("1f3c9a2e-7b61-5d0b-9f3f-0f6f5f9f8f11"),
)
ENDED = replace(FAILING, ended_at=minutes(61))

ENTRY = an_entry(
    alert_after=3,
    description="Closes the shop.",
    owner="shop team",
    runbook="https://wiki.example.org/close",
)


def test_it_tells_what_since_when_why_whose_it_is_and_where_to_look():
    title, text = worded(FAILING, ENTRY, is_over=False)

    assert title == "[hookbeat] close is failing"
    assert text == (
        "close is failing\n"
        "\n"
        "Its last 3 runs failed, the last of them: ValueError: no\n"
        "\n"
        "what     Closes the shop.\n"
        "since    2026-03-10 12:00:00Z\n"
        "run      1f3c9a2e-7b61-5d0b-9f3f-0f6f5f9f8f11\n"
        "owner    shop team\n"
        "runbook  https://wiki.example.org/close\n"
        "look     hookbeat logs 1f3c9a2e\n"
    )


def test_the_end_is_told_with_what_it_was():
    title, text = worded(ENDED, ENTRY, is_over=True)

    assert title == "[hookbeat] close has recovered"
    assert text.startswith("close has recovered\n\nIt was failing: its last 3 runs failed")
    assert "since    2026-03-10 12:00:00Z\nuntil    2026-03-10 13:01:00Z\n" in text


def test_what_was_missed_is_looked_up_by_its_entry():
    missed = replace(FAILING, kind=IncidentKind.MISSED, entry="sync pull@every:90s", run=None)

    title, text = worded(missed, an_entry("sync pull@every:90s"), is_over=False)

    assert title == "[hookbeat] sync pull@every:90s was missed"
    assert text.endswith("\nlook   hookbeat decisions 'sync pull@every:90s'\n")
    assert "owner" not in text
    assert "run " not in text


def test_of_what_is_watched_no_more_that_is_told():
    for entry in (None, an_entry(expect_within=5)):
        title, text = worded(ENDED, entry, is_over=True)

        assert title == "[hookbeat] close is watched no more"
        assert "It was failing: its last 3 runs failed" in text
