"""What an entry's options make of its policy, and which of them cannot all be meant."""

from datetime import date, datetime, timedelta

import pytest

from beat_schedule.policies import CatchUp, Overlap
from beat_schedule.schedules import Bounded, Cron, Dst, Every

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

GOOD = [
    ({}, {"catch_up": CatchUp.ONCE, "overlap": Overlap.SKIP, "tracked": True, "expires": None}),
    ({"catch_up": "none"}, {"catch_up": CatchUp.NONE}),
    ({"catch_up": "all"}, {"catch_up": CatchUp.ALL, "overlap": Overlap.QUEUE}),
    ({"catch_up": "all", "overlap": "allow"}, {"overlap": Overlap.ALLOW}),
    ({"catch_up": "all", "catch_up_limit": 5}, {"catch_up_limit": 5}),
    ({"catch_up_window": "2h"}, {"catch_up_window": 2 * HOUR}),
    ({"overlap": "queue"}, {"overlap": Overlap.QUEUE}),
    ({"expires": "90s"}, {"expires": timedelta(seconds=90)}),
    ({"tracked": False}, {"tracked": False, "overlap": Overlap.ALLOW}),
    ({"tracked": False, "overlap": "allow"}, {"tracked": False, "overlap": Overlap.ALLOW}),
    ({"tracked": False, "catch_up": "all"}, {"overlap": Overlap.ALLOW}),
]

REFUSED = [
    ("catch_up", "often", "catch_up is 'often' (write one of 'once', 'none', 'all')"),
    ("catch_up", "Once", "catch_up is 'Once' (did you mean 'once'?)"),
    ("catch_up", [], "catch_up is [] (write one of 'once', 'none', 'all')"),
    ("overlap", "skipp", "overlap is 'skipp' (did you mean 'skip'?)"),
    ("catch_up_limit", 0, "catch_up_limit is 0 (write 1 to 10000)"),
    ("catch_up_limit", True, "catch_up_limit is True (write 1 to 10000)"),
    (
        "catch_up_window",
        3600,
        (
            "catch_up_window is 3600 "
            "(write whole seconds, minutes, hours or days: '90s', '5m', '2h', '1d')"
        ),
    ),
    (
        "expires",
        "0s",
        "expires is '0s' (write whole seconds, minutes, hours or days: '90s', '5m', '2h', '1d')",
    ),
    (
        "spread",
        0,
        (
            "spread is 0 (write minutes as 30, or whole seconds, minutes, hours or days: "
            "'90s', '5m', '2h', '1d')"
        ),
    ),
    ("tracked", "no", "tracked is 'no' (write False for a task of a stock worker)"),
    (
        "not_before",
        "tomorrow",
        "not_before is 'tomorrow' (write it as '2026-12-31' or '2026-12-31T18:30')",
    ),
    ("not_after", 2026, "not_after is 2026 (write it as '2026-12-31' or '2026-12-31T18:30')"),
    (
        "dst",
        "skip",
        (
            "dst is 'skip' (write {'gap': 'run_after' or 'skip', 'overlap': 'first' or 'both'}, "
            "or one of the two)"
        ),
    ),
    ("dst", {"gab": "skip"}, "dst has no 'gab' (did you mean 'gap'?)"),
    ("dst", {"gap": "both"}, "dst has 'both' for 'gap' (write 'run_after' or 'skip')"),
]

CONTRADICTIONS = [
    (
        {"catch_up": "all", "overlap": "skip"},
        (
            "['overlap']: 'skip' would drop what catch_up 'all' keeps "
            "(write 'queue' or 'allow', or leave it out for 'queue')"
        ),
    ),
    (
        {"tracked": False, "overlap": "queue"},
        (
            "['overlap']: 'queue' cannot be kept with tracked False: a stock worker does not say "
            "when a run ends (write 'allow', or leave it out)"
        ),
    ),
    (
        {"catch_up_limit": 5},
        (
            "['catch_up_limit']: has no meaning without catch_up 'all' "
            "(add 'catch_up': 'all', or leave it out)"
        ),
    ),
    (
        {"catch_up": "none", "catch_up_window": "1h"},
        (
            "['catch_up_window']: has no meaning with catch_up 'none': nothing late runs "
            "(leave one of them out)"
        ),
    ),
    (
        {"not_before": "2026-05-02", "not_after": "2026-05-01"},
        ": not_after lies before not_before (exchange the two)",
    ),
    (
        {"not_before": "2026-05-01T01:00", "not_after": "2026-05-01T23:00"},
        (
            ": is due at no time within its bounds: every day at 00:00 (UTC), "
            "from 2026-05-01 01:00, until 2026-05-01 23:00 (move not_before or not_after)"
        ),
    ),
]


def handler(**options: object) -> dict[str, object]:
    return {"task": "tasks.a.run", **options}


@pytest.mark.parametrize(("options", "kept"), GOOD)
def test_options_become_the_policy(translated, options, kept):
    translation = translated({"daily": [handler(**options)]})

    [entry] = translation.entries
    assert translation.problems == translation.warnings == ()
    assert {field: getattr(entry.policy, field) for field in kept} == kept


@pytest.mark.parametrize(("option", "value", "said"), REFUSED)
def test_a_value_that_cannot_be_used_is_refused(complaints, option, value, said):
    said_of = complaints({"daily": [handler(**{option: value})]})

    assert said_of == [f"hooks.py: scheduler_events['daily'][0]['{option}']: {said}"]


@pytest.mark.parametrize(("options", "said"), CONTRADICTIONS)
def test_options_that_contradict_each_other_are_refused_with_a_cure(
    complaints, translated, options, said
):
    hooks = {"daily": [handler(**options)]}

    assert complaints(hooks) == [f"hooks.py: scheduler_events['daily'][0]{said}"]
    assert translated(hooks).entries == ()


@pytest.mark.parametrize(
    ("hooks", "window"),
    [
        ({"daily": [handler()]}, DAY),
        ({"yearly": [handler()]}, DAY),
        ({"daily": [handler(at=["06:00", "18:00"])]}, HOUR),
        ({"hourly": [handler()]}, HOUR),
        ({"all": [handler()]}, HOUR),
        ({"cron": {"*/5 9-17 * * mon-fri": [handler()]}}, HOUR),
        ({"cron": {"30 2 * * sat": [handler(timezone="Europe/Paris")]}}, DAY),
        ({"every": {"1d": [handler()]}}, DAY),
        ({"every": {"90s": [handler()]}}, HOUR),
        ({"daily": [handler(not_after="2020-01-01")]}, DAY),
        ({"hourly": [handler(not_before="2030-01-01")]}, HOUR),
    ],
)
def test_daily_and_longer_may_be_a_day_late_and_shorter_an_hour(translated, hooks, window):
    [entry] = translated(hooks).entries

    assert entry.policy.catch_up_window == window


@pytest.mark.parametrize(("spread", "span"), [(30, HOUR / 2), ("90s", 1.5 * HOUR / 60)])
def test_a_spread_gives_each_entry_an_offset_of_its_own_for_ever(translated, spread, span):
    hooks = {"daily": [{"task": f"tasks.a.run{n}", "spread": spread} for n in range(50)]}

    first, again = translated(hooks).entries, translated(hooks).entries

    offsets = [entry.spread for entry in first]
    assert offsets == [entry.spread for entry in again]
    assert all(timedelta(0) <= offset < span for offset in offsets)
    assert len(set(offsets)) > 10


def test_a_spread_of_its_own_goes_before_that_of_the_event(translated):
    [entry] = translated({"daily_maintenance": [handler(spread="10s")]}).entries

    assert entry.spread < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("event", "options", "said"),
    [
        (
            "hourly",
            {"spread": "2h"},
            (
                "['spread']: 2 hours is longer than the 1 hour between two due times "
                "(write at most 1 hour, or a due time may be sent after the next one is due)"
            ),
        ),
        (
            "daily",
            {"expires": "1h", "catch_up_window": "2h"},
            (
                "['catch_up_window']: is longer than expires: after 1 hour nothing runs any more "
                "(make it shorter, or leave it out)"
            ),
        ),
    ],
)
def test_what_is_hardly_meant_is_warned_of(translated, event, options, said):
    translation = translated({event: [handler(**options)]})

    assert [str(warning) for warning in translation.warnings] == [
        f"hooks.py: scheduler_events['{event}'][0]{said}"
    ]
    assert len(translation.entries) == 1


@pytest.mark.parametrize(
    ("not_before", "not_after", "first", "last"),
    [
        ("2026-05-01", "2026-05-03", "2026-04-30T22:00", "2026-05-03T21:59:59"),
        (date(2026, 5, 1), date(2026, 5, 3), "2026-04-30T22:00", "2026-05-03T21:59:59"),
        ("2026-05-01T06:00", "2026-05-03T06:00Z", "2026-05-01T04:00", "2026-05-03T06:00"),
        (
            datetime(2026, 5, 1, 6),  # noqa: DTZ001 -- as people write it
            datetime.fromisoformat("2026-05-03T06:00+01:00"),
            "2026-05-01T04:00",
            "2026-05-03T05:00",
        ),
    ],
)
def test_bounds_are_meant_by_the_entrys_clock_and_a_date_is_the_whole_day(
    translated, not_before, not_after, first, last
):
    said = handler(timezone="Europe/Paris", not_before=not_before, not_after=not_after)

    [entry] = translated({"hourly": [said]}).entries

    assert entry.schedule == Bounded(
        Cron("0 * * * *", "Europe/Paris"),
        datetime.fromisoformat(f"{first}+00:00"),
        datetime.fromisoformat(f"{last}+00:00"),
    )


def test_bounds_of_what_follows_real_time_are_meant_by_the_clock_of_the_settings(translated):
    hooks = {"every": {"2h": [handler(not_before="2026-05-01")]}}

    [entry] = translated(hooks, timezone="Asia/Tokyo").entries

    assert entry.schedule == Bounded(
        Every("2h"), datetime.fromisoformat("2026-05-01T00:00+09:00"), None
    )


def test_dst_goes_into_every_time_of_day(translated):
    said = handler(at=["02:30", "03:30"], timezone="Europe/Paris", dst={"gap": "skip"})

    [entry] = translated({"daily": [said]}).entries

    assert {each.dst for each in entry.schedule.schedules} == {Dst(gap="skip", overlap="first")}


@pytest.mark.parametrize("hooks", [{"all": []}, {"every": {"90s": []}}])
def test_dst_means_nothing_in_real_time(complaints, hooks):
    [(event, value)] = hooks.items()
    told = [handler(dst={"gap": "skip"})]

    [said] = complaints({event: {"90s": told} if value else told})

    assert said.endswith(
        f"'dst' has no meaning for the event {event!r}: it follows real time (leave it out)"
    )
