"""Handlers that bring their schedule with them: the common ground of other ways to declare."""

from beat_schedule.events import Event
from beat_schedule.schedules import Bounded, Cron
from beat_schedule.settings import Settings
from beat_schedule.translate import Declaration, translate_events
from beat_schedule.translate.handlers import Handler

AT_SIX = Cron("0 6 * * *", "Europe/Paris")
EVENT = Event(name="clock", queue="short", due="declared")


def translated(said, schedule=AT_SIX):
    place = "clock.py line 3"
    handler = Handler(
        place=place, list_place=place, event=EVENT, expression="", said=said, schedule=schedule
    )
    declared = Declaration(source="clock.py", handlers=(handler,))
    return translate_events([declared], Settings(), imports=True)


def test_the_schedule_is_taken_as_it_is_and_the_event_gives_queue_and_key():
    [entry] = translated({"task": "time.time"}).entries

    assert entry.key == "time.time@clock"
    assert entry.schedule is AT_SIX
    assert entry.queue == "short"
    assert entry.place == "clock.py line 3"


def test_every_option_of_an_entry_counts():
    said = {"task": "time.time", "name": "six", "queue": "long", "not_before": "2027-01-01"}

    [entry] = translated(said).entries

    assert (entry.key, entry.queue) == ("six", "long")
    assert isinstance(entry.schedule, Bounded)


def test_without_a_schedule_its_options_are_judged_all_the_same():
    translation = translated({"task": "time.tim", "qeue": "long"}, schedule=None)

    assert translation.entries == ()
    assert [str(problem) for problem in translation.problems] == [
        "clock.py line 3['qeue']: unknown option 'qeue' (did you mean 'queue'?)",
        "clock.py line 3: module 'time' has no 'tim' (did you mean 'time.time'?)",
    ]
