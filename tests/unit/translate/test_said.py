"""Entries as operators say them: made at run time, or over what the code declares."""

import json
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.errors import EntryError
from beat_schedule.policies import CatchUp, Overlap
from beat_schedule.schedules import At, Bounded, Cron, Every
from beat_schedule.settings import Settings
from beat_schedule.translate import translate_events
from beat_schedule.translate.declarations import Declaration
from beat_schedule.translate.offer import EVERY_RUN
from beat_schedule.translate.overriding import overridden
from beat_schedule.translate.said import Workshop, made

SETTINGS = Settings(timezone="Europe/Paris", queues={"mail": 60})
WAKE = {"task": "time.sleep", "args": [1]}


def said(**options):
    entry, _ = made("wake ada", {**WAKE, **options}, SETTINGS)
    return entry


def declared(options, event="daily"):
    declaration = Declaration(source="hooks.py", events={event: [{"task": "time.time", **options}]})
    [entry] = translate_events([declaration], SETTINGS).entries
    return entry


class TestANewEntry:
    def test_is_due_by_cron_by_an_interval_or_once(self):
        assert said(cron="30 6 * * mon").schedule == Cron("30 6 * * mon", "Europe/Paris")
        assert said(every="90s").schedule == Every("90s")
        once = said(once="2027-03-01T06:30", timezone="Asia/Tokyo").schedule
        assert once == At(datetime(2027, 2, 28, 21, 30, tzinfo=UTC), "Asia/Tokyo")

    def test_takes_the_options_of_a_handler(self):
        entry = said(cron="0 6 * * *", queue="mail", catch_up="all", timeout="5m", retries=3)

        assert (entry.key, entry.queue, entry.timeout) == ("wake ada", "mail", timedelta(minutes=5))
        assert entry.policy.catch_up is CatchUp.ALL
        assert entry.policy.overlap is Overlap.QUEUE
        assert entry.run_policy.retries == 3

    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ({}, "does not say when it is due"),
            ({"cron": "0 6 * * *", "every": "5m"}, "says cron and every"),
            ({"cron": "61 * * * *"}, "61"),
            ({"every": "5 parsecs"}, "5 parsecs"),
            ({"once": "tomorrow"}, "once is 'tomorrow'"),
            ({"once": "2027-01-01", "not_before": "2026-12-01"}, "no meaning with 'once'"),
            ({"every": "5m", "queue": "mial"}, "did you mean 'mail'"),
            ({"every": "5m", "name": "other"}, "only for what the code declares"),
            ({"every": "5m", "qeue": "mail"}, "did you mean 'queue'"),
            ({"every": "5m", "kwargs": {"at": time(1)}}, "arguments must be JSON"),
        ],
    )
    def test_that_cannot_be_meant_is_refused_with_its_reason(self, options, complaint):
        with pytest.raises(EntryError, match=complaint):
            said(**options)

    def test_names_everything_that_is_wrong_at_once(self):
        with pytest.raises(EntryError) as caught:
            said(cron="61 * * * *", queue="nowhere", timeout="soon")

        assert len(caught.value.problems) == 3

    def test_must_suit_its_function(self):
        with pytest.raises(EntryError, match="does not take these arguments"):
            made("wake", {"task": "os.getpid", "args": [1], "every": "5m"}, SETTINGS, EVERY_RUN)


class TestManyEntries:
    def test_are_each_what_it_would_be_by_itself(self):
        workshop = Workshop(SETTINGS)
        several = [
            {"cron": "0 6 * * *", "kwargs": {"seconds": 1}},
            {"cron": "0 6 * * *", "kwargs": {"seconds": 2}, "owner": "ada"},
            {"cron": "0 6 * * *", "spread": "1h", "retries": 2},
            {"once": "2027-01-01T06:00", "queue": "mail"},
            {"once": "2027-01-02T06:00", "queue": "mail", "timezone": "Asia/Tokyo"},
        ]
        for number, own in enumerate(several):
            options = {"task": "time.sleep", **own}
            for _ in range(2):
                entry = workshop.made(f"wake {number}", options)
                alone, _ = made(f"wake {number}", options, SETTINGS)

                assert entry == _as_told(alone, entry.told)

    def test_say_to_their_workers_what_no_code_tells_them(self):
        workshop = Workshop(SETTINGS)
        options = {"cron": "0 6 * * *", "overlap": "queue", "retries": 2, "kwargs": {"a": 1}}
        entry = workshop.made("wake", {"task": "time.sleep", **options})

        heard = Workshop(SETTINGS).told("wake", "time.sleep", entry.told)

        assert heard.policy == entry.policy
        assert heard.run_policy == entry.run_policy
        assert "kwargs" not in json.loads(entry.told)

    def test_that_are_due_once_say_the_same_to_their_workers(self):
        workshop = Workshop(SETTINGS)
        one, other = (
            workshop.made(f"wake {day}", {"task": "time.sleep", "once": f"2027-01-0{day}"})
            for day in (1, 2)
        )

        assert one.told == other.told
        assert one.schedule != other.schedule
        assert Workshop(SETTINGS).told("wake 1", "time.sleep", one.told).policy == one.policy

    def test_that_no_longer_fit_are_refused(self):
        workshop = Workshop(SETTINGS)
        for options in (
            {"task": "time.sleep", "every": "5m", "queue": "gone"},
            {"every": "5m"},
            {"task": "time.sleep", "once": "never"},
        ):
            with pytest.raises(EntryError):
                workshop.made("wake", options)


class TestAnOverride:
    def test_leaves_what_nothing_is_said_of(self):
        entry = declared({"at": "06:30", "queue": "mail", "kwargs": {}, "retries": 3})

        assert overridden(entry, {}, SETTINGS) == entry
        other = overridden(entry, {"timeout": "10m"}, SETTINGS)
        assert other.timeout == timedelta(minutes=10)
        assert (other.schedule, other.queue) == (entry.schedule, "mail")
        assert (other.key, other.run_policy) == (entry.key, entry.run_policy)

    def test_gives_another_schedule_by_the_entrys_own_clock(self):
        entry = declared({"timezone": "Asia/Tokyo"})

        assert overridden(entry, {"cron": "0 4 * * *"}, SETTINGS).schedule == Cron(
            "0 4 * * *", "Asia/Tokyo"
        )
        hourly = overridden(entry, {"every": "1h"}, SETTINGS)
        assert hourly.schedule == Every("1h")
        assert hourly.policy.catch_up_window < entry.policy.catch_up_window

    def test_gives_the_same_schedule_another_clock(self):
        entry = declared({"at": ["06:30", "18:30"], "not_after": "2030-01-01"})

        moved = overridden(entry, {"timezone": "Asia/Tokyo"}, SETTINGS)

        midnight = datetime(2027, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
        due = list(moved.schedule.between(midnight, midnight + timedelta(days=1)))
        assert [at.astimezone(ZoneInfo("Asia/Tokyo")).hour for at in due] == [6, 18]
        assert moved.schedule.not_after == entry.schedule.not_after

    def test_holds_it_back_until_a_day(self):
        entry = declared({"not_before": "2026-01-01", "not_after": "2030-01-01"})

        schedule = overridden(entry, {"not_before": "2029-01-01"}, SETTINGS).schedule

        assert isinstance(schedule, Bounded)
        assert schedule.not_before == datetime(2029, 1, 1, tzinfo=ZoneInfo("Europe/Paris"))
        assert schedule.not_after == entry.schedule.not_after

    def test_gives_other_arguments(self):
        entry = declared({"task": "time.sleep", "args": [1]})

        assert overridden(entry, {"args": [2]}, SETTINGS, EVERY_RUN).args == (2,)

    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ({"retries": 3}, "is for the code to say"),
            ({"cron": "61 * * * *"}, "61"),
            ({"cron": "0 6 * * *", "every": "1h"}, "says cron and every"),
            ({"queue": "mial"}, "did you mean 'mail'"),
            ({"not_before": "2031-01-01"}, "no time within its bounds|not_before|before it begins"),
            ({"args": [1, 2, 3]}, "does not take these arguments"),
        ],
    )
    def test_that_does_not_fit_is_refused_with_its_reason(self, options, complaint):
        entry = declared({"task": "textwrap.dedent", "args": ["a"], "not_after": "2030-01-01"})

        with pytest.raises(EntryError, match=complaint):
            overridden(entry, options, SETTINGS, EVERY_RUN)

    def test_of_real_time_has_no_clock(self):
        entry = declared({}, event="all")

        with pytest.raises(EntryError, match="follows real time"):
            overridden(entry, {"timezone": "Asia/Tokyo"}, SETTINGS)


def test_a_periodic_entry_says_to_its_workers_what_its_entry_says():
    entry = Workshop(SETTINGS).made("wake", {"task": "time.sleep", "every": "5m"})

    assert PeriodicEntry.of(None, entry).told == entry.told
    assert PeriodicEntry.of(None, declared({})).told == ""


def _as_told(entry, told):
    values = {name: getattr(entry, name) for name in entry.__slots__}
    return type(entry)(**{**values, "told": told})
