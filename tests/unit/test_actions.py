"""What people name, and what they are told when Redis does not answer."""

from datetime import UTC, datetime

import pytest
import redis
from kombu.exceptions import OperationalError

from beat_schedule.actions import check_call, find_entry, find_target
from beat_schedule.brokers import told
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError, NotFoundError
from beat_schedule.schedules import Cron, Every
from beat_schedule.settings import Settings
from beat_schedule.times import instant_at
from beat_schedule.translate.report import RefusedError

SETTINGS = Settings(timezone="Europe/Paris")


def an_entry(key, schedule=None, **changes):
    return Entry(
        key=key,
        task=changes.pop("task", key.partition("@")[0]),
        schedule=schedule or Every("1h"),
        queue="long",
        event="hourly",
        place="hooks.py",
        **changes,
    )


DAILY = an_entry("tasks.shop.close@daily", Cron("0 0 * * *", "Asia/Tokyo"))
WEEKLY = an_entry("tasks.shop.close@weekly")
NAMED = an_entry("tidy", task="tasks.shop.tidy")
ENTRIES = [DAILY, WEEKLY, NAMED]


def test_an_entry_is_found_by_key_and_by_a_path_that_has_one():
    assert find_entry(ENTRIES, "tasks.shop.close@daily") is DAILY
    assert find_entry(ENTRIES, "tasks.shop.tidy") is NAMED


def test_a_path_with_several_entries_names_them():
    with pytest.raises(NotFoundError, match=r"close@daily, tasks.shop.close@weekly; name one"):
        find_entry(ENTRIES, "tasks.shop.close")


def test_a_slip_gets_a_suggestion():
    with pytest.raises(NotFoundError, match=r"did you mean 'tasks.shop.tidy'"):
        find_entry(ENTRIES, "tasks.shop.tidi")


@pytest.mark.parametrize(
    ("entry", "said", "instant"),
    [
        (DAILY, "2026-03-10", datetime(2026, 3, 9, 15, tzinfo=UTC)),
        (WEEKLY, "2026-03-10", datetime(2026, 3, 9, 23, tzinfo=UTC)),
        (WEEKLY, "2026-03-10T06:30", datetime(2026, 3, 10, 5, 30, tzinfo=UTC)),
        (WEEKLY, "2026-03-10T06:30Z", datetime(2026, 3, 10, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_in_the_entrys_zone_unless_it_says_another(entry, said, instant):
    assert instant_at(said, entry.zone(SETTINGS.zone)) == instant


@pytest.mark.parametrize("said", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00+12:00"])
def test_a_date_beyond_the_calendar_is_none(said):
    with pytest.raises(ValueError, match="is not within the years 1000 to 9000"):
        instant_at(said, WEEKLY.zone(SETTINGS.zone))


@pytest.mark.parametrize(
    ("kwargs", "reason"),
    [
        ({"nope": 1}, "unexpected keyword argument 'nope'"),
        ({"prefix": "- "}, "multiple values for argument 'prefix'"),
        ({"predicate": float("nan")}, "JSON has no such number"),
    ],
)
def test_arguments_that_the_function_does_not_take_are_refused(kwargs, reason):
    entry = an_entry("textwrap.indent@daily", args=("text", "> "))

    with pytest.raises(RefusedError, match=reason):
        check_call(entry, kwargs, Settings())


def test_arguments_go_over_those_of_the_entry():
    own = {"prefix": "> ", "predicate": None}
    entry = an_entry("textwrap.indent@daily", args=("text",), kwargs=own)

    given = check_call(entry, {"prefix": "- "}, Settings())

    assert entry.kwargs_with(given) == {"prefix": "- ", "predicate": None}


def test_what_only_the_beat_knows_can_be_named_by_its_whole_key():
    assert find_target(ENTRIES, {"guest"}, "guest") == ("guest", None)
    assert find_target(ENTRIES, {"guest"}, "tidy") == ("tidy", NAMED)
    with pytest.raises(NotFoundError):
        find_target(ENTRIES, {"guest"}, "guset")


def refusal(error: Exception, url: str = "redis://:sesame@cache.example:6379/2") -> str:
    with pytest.raises(BrokerError) as said, told(Settings(redis_url=url)):
        raise error
    return str(said.value)


def test_a_redis_that_is_away_is_told_without_its_password():
    said = refusal(OperationalError("refused"))

    assert "cache.example:6379/2 cannot be reached: refused" in said
    assert "sesame" not in said


def test_a_redis_that_refuses_the_password_was_reached():
    wrong = OperationalError("invalid username-password pair")
    wrong.__cause__ = redis.AuthenticationError()

    assert "cache.example:6379/2 refuses our password: invalid" in refusal(wrong)
    assert "asks for a password" in refusal(wrong, "redis://cache.example:6379/2")


def test_a_redis_that_does_not_take_a_run_was_reached():
    assert "does not take it: READONLY" in refusal(redis.ReadOnlyError("READONLY"))
