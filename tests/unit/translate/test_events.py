"""Every word of `scheduler_events`: when it is due, in which queue, how far it is spread."""

from datetime import timedelta

import pytest

from beat_schedule.events import EVENTS, WORDS
from beat_schedule.schedules import Cron, Every

EVERY_3_MINUTES = Every(timedelta(seconds=180))

#: Word, schedule, queue, minutes over which its entries are spread.
TABLE = [
    ("all", EVERY_3_MINUTES, "default", 0),
    ("all_long", EVERY_3_MINUTES, "long", 0),
    ("always", EVERY_3_MINUTES, "default", 0),
    ("hourly", Cron("0 * * * *"), "default", 0),
    ("hourly_long", Cron("0 * * * *"), "long", 0),
    ("hourly_maintenance", Cron("0 * * * *"), "long", 60),
    ("daily", Cron("0 0 * * *"), "default", 0),
    ("daily_long", Cron("0 0 * * *"), "long", 0),
    ("daily_maintenance", Cron("0 0 * * *"), "long", 240),
    ("weekly", Cron("0 0 * * 0"), "default", 0),
    ("weekly_long", Cron("0 0 * * 0"), "long", 0),
    ("weekly_maintenance", Cron("0 0 * * 0"), "long", 240),
    ("monthly", Cron("0 0 1 * *"), "default", 0),
    ("monthly_long", Cron("0 0 1 * *"), "long", 0),
    ("monthly_maintenance", Cron("0 0 1 * *"), "long", 240),
    ("quarterly", Cron("0 0 1 1,4,7,10 *"), "default", 0),
    ("quarterly_long", Cron("0 0 1 1,4,7,10 *"), "long", 0),
    ("yearly", Cron("0 0 1 1 *"), "default", 0),
    ("yearly_long", Cron("0 0 1 1 *"), "long", 0),
    ("annual", Cron("0 0 1 1 *"), "default", 0),
    ("annual_long", Cron("0 0 1 1 *"), "long", 0),
]

KEYED = [
    ("cron", "15 18 * * mon-fri", Cron("15 18 * * mon-fri"), "default"),
    ("cron_long", "15 18 * * mon-fri", Cron("15 18 * * mon-fri"), "long"),
    ("every", "90s", Every("90s"), "default"),
]


@pytest.mark.parametrize(("word", "schedule", "queue", "spread"), TABLE)
def test_a_word_says_when_and_in_which_queue(translated, word, schedule, queue, spread):
    translation = translated({word: ["tasks.a.run"]})

    [entry] = translation.entries
    assert (entry.schedule, entry.queue, translation.problems) == (schedule, queue, ())
    assert entry.spread < timedelta(minutes=max(spread, 1))


@pytest.mark.parametrize(("word", "expression", "schedule", "queue"), KEYED)
def test_a_keyed_word_has_its_expression_below_it(translated, word, expression, schedule, queue):
    [entry] = translated({word: {expression: ["tasks.a.run"]}}).entries

    assert (entry.schedule, entry.queue) == (schedule, queue)
    assert entry.key == f"tasks.a.run@{word}:{expression}"


def test_the_tables_here_have_every_word():
    assert {row[0] for row in TABLE + KEYED} == set(WORDS)


@pytest.mark.parametrize("word", [word for word in WORDS if word.endswith("_maintenance")])
def test_entries_of_a_maintenance_word_are_spread_over_its_whole_span(word):
    event = EVENTS[word]

    spreads = {event.spread(f"tasks.a.number_{n}@{word}") for n in range(5000)}

    assert spreads == {timedelta(minutes=n) for n in range(event.spread_minutes)}


def test_an_offset_is_the_same_in_every_process(translated):
    [entry] = translated({"daily_maintenance": ["tasks.a.run"]}).entries

    assert entry.spread == timedelta(minutes=115)


def test_the_interval_of_all_is_a_setting(translated):
    [entry] = translated({"all": ["tasks.a.run"]}, all_every=60).entries

    assert entry.schedule == Every("60s")


def test_schedules_follow_the_zone_of_the_settings(translated):
    [entry] = translated({"daily": ["tasks.a.run"]}, timezone="Europe/Paris").entries

    assert entry.schedule == Cron("0 0 * * *", "Europe/Paris")


def test_both_spellings_of_a_word_give_one_key(translated):
    [entry] = translated({"annual": ["tasks.a.run"]}).entries

    assert (entry.key, entry.event) == ("tasks.a.run@yearly", "yearly")
