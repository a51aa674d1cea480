"""Values of the options of runs that cannot be used: each is refused, with what to write."""

import json

import pytest

NAMES = "(write names of 1 to 100 characters without blanks and commas)"
SECRET = "6f1d0c4e"

REFUSED = [
    ("retries", -1, "retries is -1 (write 0 to 100)"),
    ("retries", 101, "retries is 101 (write 0 to 100)"),
    ("retries", True, "retries is True (write 0 to 100)"),
    ("retries", "3", "retries is '3' (write 0 to 100)"),
    (
        "retry_backoff",
        30,
        (
            "retry_backoff is 30 "
            "(write whole seconds, minutes, hours or days: '90s', '5m', '2h', '1d')"
        ),
    ),
    ("retry_on", [], "retry_on is empty (leave it out to try again after any failure)"),
    (
        "retry_on",
        "shop:Closed",
        (
            "retry_on has 'shop:Closed' "
            "(write the dotted path of an exception, or a list: 'requests.Timeout')"
        ),
    ),
    (
        "retry_on",
        ["OSError", 7],
        "retry_on has 7 (write the dotted path of an exception, or a list: 'requests.Timeout')",
    ),
    (
        "retry_on",
        "ConectionError",
        (
            "retry_on has 'ConectionError', which is no exception of Python's "
            "(did you mean 'ConnectionError'?)"
        ),
    ),
    (
        "retry_on",
        "KeyboardInterrupt",
        (
            "retry_on has 'KeyboardInterrupt', which is no exception of Python's "
            "(write its dotted path: 'module.KeyboardInterrupt')"
        ),
    ),
    (
        "retry_on",
        "Tmt",
        (
            "retry_on has 'Tmt', which is no exception of Python's "
            "(write its dotted path: 'module.Tmt')"
        ),
    ),
    (
        "retry_on",
        json.JSONDecodeError,
        (
            "retry_on has <class 'json.decoder.JSONDecodeError'> "
            "(write 'json.decoder.JSONDecodeError', as text)"
        ),
    ),
    ("on_lost", "rerun", "on_lost is 'rerun' (write 'rerun:2' (0 to 10 times more), or 'fail')"),
    (
        "on_lost",
        "rerun:11",
        "on_lost is 'rerun:11' (write 'rerun:2' (0 to 10 times more), or 'fail')",
    ),
    ("on_lost", 2, "on_lost is 2 (write 'rerun:2' (0 to 10 times more), or 'fail')"),
    (
        "feature",
        "mail notices",
        (
            "feature has 'mail notices' "
            "(write a name of 1 to 100 characters without blanks and commas)"
        ),
    ),
    (
        "feature",
        None,
        "feature has None (write a name of 1 to 100 characters without blanks and commas)",
    ),
    ("environments", [], "environments is empty (leave it out to run in any)"),
    ("environments", "test,production", f"environments has 'test,production' {NAMES}"),
    ("environments", ["test", ""], f"environments has '' {NAMES}"),
    ("even_in_maintenance", "yes", "even_in_maintenance is 'yes' (write True or False)"),
    (
        "expect_within",
        "soon",
        (
            "expect_within is 'soon' "
            "(write whole seconds, minutes, hours or days: '90s', '5m', '2h', '1d')"
        ),
    ),
    ("alert_after", 0, "alert_after is 0 (write 1 to 1000)"),
    ("alert_after", 1001, "alert_after is 1001 (write 1 to 1000)"),
    ("log", "none", "log is 'none' (write one of 'all', 'failures')"),
    ("log", "failure", "log is 'failure' (did you mean 'failures'?)"),
]

NO_PINGS = [
    (f"ftp://example.org/{SECRET}", "ping: must begin with http:// or https://"),
    (f"hc-ping.com/{SECRET}", "ping: must begin with http:// or https://"),
    (f"https:///{SECRET}", "ping: names no host"),
    (f"https://example.org:port/{SECRET}", "ping: its port is no number from 1 to 65535"),
    (f"https://example.org/ {SECRET}", "ping: holds a blank"),
    (f"https://example.org/{SECRET}" + "x" * 2000, "ping has more than 2000 characters"),
    ({"url": SECRET}, "ping is no text: its type is dict"),
]


def handler(**options: object) -> dict[str, object]:
    return {"task": "tasks.a.run", **options}


@pytest.mark.parametrize(("option", "value", "said"), REFUSED)
def test_a_value_that_cannot_be_used_is_refused(complaints, option, value, said):
    said_of = complaints({"daily": [handler(**{option: value})]})

    assert said_of == [f"hooks.py: scheduler_events['daily'][0]['{option}']: {said}"]


@pytest.mark.parametrize(("value", "said"), NO_PINGS, ids=[said for _, said in NO_PINGS])
def test_a_ping_that_cannot_be_used_is_refused_and_never_quoted(complaints, value, said):
    [complaint] = complaints({"daily": [handler(ping=value)]})

    assert complaint.startswith(f"hooks.py: scheduler_events['daily'][0]['ping']: {said}")
    assert SECRET not in complaint
