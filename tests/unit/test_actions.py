"""What the command line may do: find an entry, read a date, send a run."""

from datetime import UTC, datetime, timedelta

import pytest
from kombu.exceptions import OperationalError

from beat_schedule.actions import find_entry, instant_in, run_now
from beat_schedule.entries import Entry
from beat_schedule.errors import BrokerError, NotFoundError
from beat_schedule.schedules import Cron, Every
from beat_schedule.settings import Settings

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


class Sender:
    def __init__(self, error=None):
        self.sent = []
        self.error = error

    def send_task(self, name, args=None, kwargs=None, **options):
        if self.error:
            raise self.error
        self.sent.append((name, args, kwargs, options))


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
    assert instant_in(entry, said, SETTINGS) == instant


def test_a_run_by_hand_has_an_id_of_its_own_and_says_so(clock):
    sender = Sender()
    entry = an_entry("tasks.shop.close@daily", kwargs={"kind": "a", "n": 1}, args=(7,))

    run_id = run_now(sender, SETTINGS, entry, kwargs={"kind": "b"}, clock=clock)

    [(name, args, kwargs, options)] = sender.sent
    assert (name, args, kwargs) == ("tasks.shop.close", [7], {"kind": "b", "n": 1})
    assert options["queue"] == "long"
    assert options["headers"] == {
        "periodic_task_name": entry.key,
        "celery_beat_task": True,
        "hookbeat_entry": entry.key,
        "hookbeat_due_at": "2026-03-10T12:00:00.000+00:00",
        "hookbeat_run": str(run_id),
        "hookbeat_trigger": "manual",
        "hookbeat_queued_at": "2026-03-10T12:00:00.000+00:00",
    }
    assert run_now(sender, SETTINGS, entry, clock=clock) != run_id


def test_its_own_timeout_goes_with_it():
    sender = Sender()

    run_now(sender, SETTINGS, an_entry("a@daily", timeout=timedelta(seconds=40), priority=3))

    options = sender.sent[0][3]
    assert (options["soft_time_limit"], options["priority"]) == (40, 3)


def test_a_redis_that_is_away_is_told_without_its_password():
    settings = Settings(redis_url="redis://:sesame@cache.example:6379/2")

    with pytest.raises(BrokerError, match=r"cache.example:6379/2 cannot be reached") as told:
        run_now(Sender(OperationalError("refused")), settings, DAILY)

    assert "sesame" not in str(told.value)
