"""What operators say, laid over what the code declares."""

from datetime import UTC, datetime

from beat_schedule.decisions import Definition, EntryKind
from beat_schedule.settings import Settings
from beat_schedule.translate import translate_events
from beat_schedule.translate.declarations import Declaration
from beat_schedule.translate.overlay import laid_over

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def declared(**options):
    handler = {"task": "time.time", "name": "now", **options}
    declaration = Declaration(source="hooks.py", events={"daily": [handler]})
    return translate_events([declaration], Settings()).entries


def override(key):
    said = {"queue": "long"}
    return Definition(key=key, kind=EntryKind.OVERRIDE, options=said, version=1, at=NOON)


def test_an_override_counts_over_what_the_code_says():
    overlay = laid_over(declared(), [override("now")], Settings())

    assert [entry.queue for entry in overlay.entries] == ["long"]
    assert overlay.overridden == {"now": {"queue": "long"}}
    assert overlay.problems == ()


def test_one_of_an_entry_that_no_code_declares_waits_and_is_told():
    overlay = laid_over(declared(), [override("then")], Settings())

    [problem] = overlay.problems
    assert (problem.place, problem.cure) == ("then", "hookbeat entry reset then")


def test_an_entry_made_at_run_time_goes_over_to_one_of_the_code_that_had_its_key():
    said = {"task": "time.sleep", "args": [1], "every": "5m"}
    made = Definition(key="then", kind=EntryKind.ENTRY, options=said, version=1, at=NOON)

    overlay = laid_over(declared(formerly="then"), [made], Settings())

    assert [entry.key for entry in overlay.entries] == ["now"]
    assert (overlay.made, overlay.problems) == (frozenset(), ())


def test_one_of_a_key_that_an_entry_had_before_is_nothing_to_complain_of():
    overlay = laid_over(declared(formerly="then"), [override("then"), override("now")], Settings())

    assert overlay.problems == ()
    assert overlay.overridden == {"now": {"queue": "long"}}
