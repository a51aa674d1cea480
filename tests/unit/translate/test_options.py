"""Every option of a handler: what it becomes, and what is said where it cannot be used."""

from datetime import date, timedelta

import pytest

from beat_schedule.policies import Policy
from beat_schedule.schedules import AnyOf, Cron

DAY = timedelta(days=1)
TWICE_DAILY = AnyOf(Cron("30 6 * * *"), Cron("0 18 * * *"))

GOOD = [
    ("daily", "at", "06:30", {"schedule": Cron("30 6 * * *")}),
    ("daily", "at", "6:30", {"schedule": Cron("30 6 * * *")}),
    ("daily", "at", ["18:00", "06:30"], {"schedule": TWICE_DAILY}),
    ("daily", "at", ["06:30", "6:30"], {"schedule": Cron("30 6 * * *")}),
    ("weekly", "at", "06:30", {"schedule": Cron("30 6 * * 0")}),
    ("weekly", "on", "mon", {"schedule": Cron("0 0 * * mon")}),
    ("weekly", "on", "Friday", {"schedule": Cron("0 0 * * fri")}),
    ("monthly", "on", 15, {"schedule": Cron("0 0 15 * *")}),
    ("monthly", "on", "15", {"schedule": Cron("0 0 15 * *")}),
    ("monthly", "on", "last", {"schedule": Cron("0 0 L * *")}),
    ("quarterly", "on", "last", {"schedule": Cron("0 0 L 1,4,7,10 *")}),
    ("yearly", "on", 6, {"schedule": Cron("0 0 6 1 *")}),
    ("daily", "timezone", "Europe/Paris", {"schedule": Cron("0 0 * * *", "Europe/Paris")}),
    ("daily", "name", "notices", {"key": "notices"}),
    ("daily", "formerly", "old", {"policy": Policy(catch_up_window=DAY, formerly=("old",))}),
    (
        "daily",
        "formerly",
        ["older", "old", "older"],
        {"policy": Policy(catch_up_window=DAY, formerly=("older", "old"))},
    ),
    ("daily", "args", [1, {"a": (2, None)}], {"args": (1, {"a": [2, None]})}),
    ("daily", "kwargs", {"kind": "loans"}, {"kwargs": {"kind": "loans"}}),
    ("daily", "queue", "long", {"queue": "long"}),
    ("daily", "priority", 0, {"priority": 0}),
    ("daily", "timeout", 90, {"timeout": timedelta(seconds=90)}),
    ("daily", "timeout", "90s", {"timeout": timedelta(seconds=90)}),
    ("daily", "timeout", "5m", {"timeout": timedelta(minutes=5)}),
    ("daily", "description", "Mails notices", {"description": "Mails notices"}),
    ("daily", "owner", "the library", {"owner": "the library"}),
    ("daily", "runbook", "https://example.org", {"runbook": "https://example.org"}),
]

BAD = [
    (
        "daily",
        "formerly",
        7,
        "formerly is 7 (write the key that it had before, or a list of them)",
    ),
    (
        "daily",
        "formerly",
        [],
        "formerly is [] (write the key that it had before, or a list of them)",
    ),
    ("daily", "at", "24:00", "'24:00' is no time of day (write it as '06:30', up to '23:59')"),
    ("daily", "at", 390, "390 is no time of day (write it as '06:30', up to '23:59')"),
    ("daily", "at", [], "'at' is an empty list (write '06:30', or leave it out for midnight)"),
    (
        "hourly",
        "at",
        "06:30",
        "'at' has no meaning for the event 'hourly' (use the event 'cron', or 'daily')",
    ),
    ("all", "at", "06:30", "'at' has no meaning for the event 'all' (use 'daily' or longer)"),
    (
        "daily",
        "on",
        "mon",
        (
            "'on' has no meaning for the event 'daily' "
            "(use 'weekly', 'monthly', 'quarterly' or 'yearly')"
        ),
    ),
    (
        "weekly",
        "on",
        "mondey",
        "'mondey' is no day of the week, as 'weekly' needs (did you mean 'monday'?)",
    ),
    (
        "weekly",
        "on",
        1,
        "1 is no day of the week, as 'weekly' needs (write it as 'mon' or 'monday')",
    ),
    (
        "monthly",
        "on",
        "mon",
        "'mon' is no day of the month, as 'monthly' needs (write 1 to 31, or 'last')",
    ),
    (
        "monthly",
        "on",
        32,
        "32 is no day of the month, as 'monthly' needs (write 1 to 31, or 'last')",
    ),
    (
        "monthly",
        "on",
        True,
        "True is no day of the month, as 'monthly' needs (write 1 to 31, or 'last')",
    ),
    (
        "daily",
        "timezone",
        "Europe/Pari",
        "unknown time zone 'Europe/Pari' (did you mean 'Europe/Paris'?)",
    ),
    (
        "all",
        "timezone",
        "UTC",
        "'timezone' has no meaning for the event 'all': it follows real time (leave it out)",
    ),
    ("daily", "args", "loans", "args is 'loans' (write a list)"),
    ("daily", "args", [1, float("nan")], "args[1] is nan: JSON has no such number"),
    (
        "daily",
        "kwargs",
        {"since": {"day": date(2026, 3, 10)}},
        (
            "kwargs['since']['day'] is a date: arguments must be JSON "
            "(use text, numbers, true, false, null, lists and objects)"
        ),
    ),
    (
        "daily",
        "args",
        [object()],
        (
            "args[0] is an object: arguments must be JSON "
            "(use text, numbers, true, false, null, lists and objects)"
        ),
    ),
    ("daily", "kwargs", {1: 2}, "kwargs has the name 1: names in JSON are text"),
    ("daily", "kwargs", ["kind"], "kwargs is ['kind'] (write a dict, or lines of name=value)"),
    ("daily", "queue", "lon", "unknown queue 'lon' (did you mean 'long'?)"),
    (
        "daily",
        "queue",
        "x",
        "unknown queue 'x' (queues are default, short, long; HOOKBEAT_QUEUES declares more)",
    ),
    ("daily", "priority", 10, "priority is 10 (write 0 to 9; 0 goes first)"),
    ("daily", "priority", True, "priority is True (write 0 to 9; 0 goes first)"),
    ("daily", "timeout", 0, "timeout is 0 (write seconds as 90, or '90s', '5m', '2h')"),
    ("daily", "timeout", "soon", "timeout is 'soon' (write seconds as 90, or '90s', '5m', '2h')"),
    (
        "daily",
        "name",
        " x",
        "' x' cannot be a name (1 to 300 printable characters, no space at either end)",
    ),
    ("daily", "owner", None, "owner is None (write text)"),
    ("daily", "qeue", "long", "unknown option 'qeue' (did you mean 'queue'?)"),
    (
        "daily",
        "shift",
        "once",
        (
            "unknown option 'shift' (options are task, name, formerly, at, on, timezone, args, "
            "kwargs, queue, priority, timeout, catch_up, catch_up_limit, catch_up_window, overlap, "
            "spread, not_before, not_after, dst, expires, tracked, retries, retry_backoff, "
            "retry_on, on_lost, feature, environments, even_in_maintenance, expect_within, "
            "alert_after, ping, log, description, owner, runbook)"
        ),
    ),
]


@pytest.mark.parametrize(("event", "option", "value", "kept"), GOOD)
def test_an_option_is_kept_in_the_entry(translated, event, option, value, kept):
    [entry] = translated({event: [{"task": "tasks.a.run", option: value}]}).entries

    assert {field: getattr(entry, field) for field in kept} == kept


@pytest.mark.parametrize(("event", "option", "value", "said"), BAD)
def test_an_option_that_cannot_be_used_is_refused(complaints, event, option, value, said):
    said_of = complaints({event: [{"task": "tasks.a.run", option: value}]})

    assert said_of == [f"hooks.py: scheduler_events['{event}'][0]['{option}']: {said}"]


def test_further_queues_come_from_the_settings(translated):
    handler = {"task": "tasks.a.run", "queue": "reports"}

    [entry] = translated({"daily": [handler]}, queues={"reports": 600}).entries

    assert entry.queue == "reports"


@pytest.mark.parametrize(
    ("event", "day"), [("monthly", 28), ("quarterly", 30), ("yearly", 31), ("annual_long", 29)]
)
def test_a_day_that_all_months_of_the_event_have_is_not_warned_of(translated, event, day):
    assert translated({event: [{"task": "tasks.a.run", "on": day}]}).warnings == ()


def test_a_day_that_a_quarters_month_lacks_is_warned_of(translated):
    assert translated({"quarterly": [{"task": "tasks.a.run", "on": 31}]}).warnings


def test_a_day_that_some_months_lack_is_warned_of(translated):
    translation = translated({"monthly": [{"task": "tasks.a.run", "on": 31}]})

    assert [str(warning) for warning in translation.warnings] == [
        (
            "hooks.py: scheduler_events['monthly'][0]: day 31 is not in every month: "
            "those without it are left out ('last' is the last day of each)"
        )
    ]


def test_what_hooks_do_to_their_arguments_later_changes_no_entry(translated):
    kinds = ["loans"]
    [entry] = translated({"daily": [{"task": "tasks.a.run", "args": [kinds]}]}).entries

    kinds.append("fines")

    assert entry.args == (["loans"],)
