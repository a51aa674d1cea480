"""What holds of every schedule, whatever it says."""

import pickle
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from celery.schedules import crontab, schedule
from hypothesis import given, settings
from hypothesis import strategies as st

from beat_schedule import Cron, Every
from beat_schedule.policies import Policy
from beat_schedule.schedules import (
    AnyOf,
    Bounded,
    Dst,
    Fields,
    Foreign,
    Governed,
    Modulus,
    Schedule,
)
from beat_schedule.schedules.base import EARLIEST

from .test_dst import HARD_ZONES

LAWS = settings(max_examples=150, deadline=None, derandomize=True, database=None)

#: Around the clock changes of these zones, and away from them.
STARTS = st.one_of(
    st.sampled_from(
        [
            datetime(2026, 3, 29, 1, tzinfo=UTC),
            datetime(2026, 10, 25, 1, tzinfo=UTC),
            datetime(2026, 3, 8, 7, tzinfo=UTC),
            datetime(2026, 11, 1, 6, tzinfo=UTC),
            datetime(2026, 4, 4, 15, tzinfo=UTC),
            datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
            datetime(2026, 9, 6, 4, tzinfo=UTC),
        ]
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
SHIFTS = st.timedeltas(timedelta(hours=-3), timedelta(hours=3))
SPANS = st.timedeltas(timedelta(0), timedelta(hours=30))

MINUTES = st.sampled_from(["0", "*", "*/20", "30", "5,50", "50-10/5", "*/7", "15-45/10"])
HOURS = st.sampled_from(["*", "*/2", "2", "0", "1-3", "22-4", "2,3", "*/5"])
DAYS = st.sampled_from(["*", "?", "1", "L", "29-3", "*/2", "8"])
MONTHS = st.sampled_from(["*", "mar,oct", "nov-apr", "*/2"])
WEEKDAYS = st.sampled_from(["*", "sun", "sat-mon", "1-5", "7", "sunL", "5#2", "*/2"])

DSTS = st.builds(
    Dst,
    gap=st.sampled_from([None, "run_after", "skip"]),
    overlap=st.sampled_from([None, "first", "both"]),
)
CRONS = st.builds(
    Cron,
    st.tuples(MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS).map(" ".join),
    st.sampled_from(HARD_ZONES),
    DSTS,
)
FIELDS = st.builds(
    Fields,
    st.fixed_dictionaries(
        {"hour": st.sampled_from(["*", "*/2", "2", 0, "1-3", "2,3"])},
        optional={
            "month": st.sampled_from(["*", "mar,oct", "nov-dec", "*/2"]),
            "day": st.sampled_from(["*", "last", "last sun", "2nd sun,8", "*/2"]),
            "day_of_week": st.sampled_from(["*", "sun", "0-4", 6]),
            "minute": st.sampled_from(["*", "*/20", 30, "5,50", "10/7"]),
        },
    ).filter(lambda said: {"day", "day_of_week"} - said.keys()),
    st.sampled_from(HARD_ZONES),
    DSTS,
)
INTERVALS = st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))
EVERIES = st.builds(Every, INTERVALS, st.none() | st.just(datetime(2025, 5, 1, 6, tzinfo=UTC)))
#: Days and months also by night, where clocks change.
MODULI = st.builds(
    Modulus,
    st.sampled_from(["1 day", "2 days", "3 days", "1 month"]),
    st.sampled_from(HARD_ZONES),
    st.builds(time, st.integers(0, 3), st.sampled_from([0, 30])),
    DSTS,
) | st.builds(
    Modulus, st.sampled_from(["7 minutes", "5 hours"]), st.sampled_from(HARD_ZONES), dst=DSTS
)
GUESTS = st.sampled_from(
    [
        Foreign(crontab(minute="*/20")),
        Foreign(crontab(minute="30", hour="*/2", day_of_week="1-5")),
        Foreign(schedule(timedelta(seconds=1000.5))),
    ]
)
PLAIN = st.one_of(CRONS, CRONS, FIELDS, MODULI, EVERIES, GUESTS)
SCHEDULES = st.one_of(
    PLAIN,
    st.builds(AnyOf, PLAIN, PLAIN),
    st.builds(
        Bounded,
        PLAIN,
        st.just(EARLIEST) | st.just(datetime(1969, 1, 1, tzinfo=UTC)),
    ),
    st.builds(
        Governed,
        PLAIN,
        st.integers(0, 14_400).map(lambda seconds: Policy(spread=timedelta(seconds=seconds))),
    ),
)


@LAWS
@given(SCHEDULES, STARTS, SHIFTS)
def test_the_next_due_time_is_later_and_the_first_of_any_span(
    schedule: Schedule, start: datetime, shift: timedelta
) -> None:
    after = start + shift

    due_at = schedule.next(after)

    assert due_at > after
    assert due_at.tzinfo is UTC
    assert list(schedule.between(after, due_at)) == [due_at]


@LAWS
@given(SCHEDULES, STARTS, SHIFTS, SPANS)
def test_due_times_ascend_within_their_span(
    schedule: Schedule, start: datetime, shift: timedelta, span: timedelta
) -> None:
    after = start + shift

    due = list(schedule.between(after, after + span))

    assert all(after < due_at <= after + span for due_at in due)
    assert all(earlier < later for earlier, later in pairwise(due))


@LAWS
@given(SCHEDULES, STARTS, SHIFTS, SPANS, st.floats(0, 1))
def test_a_span_may_be_cut_anywhere(
    schedule: Schedule, start: datetime, shift: timedelta, span: timedelta, share: float
) -> None:
    after = start + shift
    cut, until = after + span * share, after + span

    whole = list(schedule.between(after, until))

    assert [*schedule.between(after, cut), *schedule.between(cut, until)] == whole


@LAWS
@given(SCHEDULES, STARTS, SHIFTS, SPANS)
def test_the_latest_due_time_is_the_last_of_its_span(
    schedule: Schedule, start: datetime, shift: timedelta, span: timedelta
) -> None:
    since = start + shift
    due = list(schedule.between(since, since + span))

    assert schedule.latest(since + span, since=since) == (due[-1] if due else None)


@LAWS
@given(SCHEDULES, STARTS)
def test_a_pickled_schedule_is_the_same(schedule: Schedule, start: datetime) -> None:
    again = pickle.loads(pickle.dumps(schedule))  # noqa: S301 -- our own bytes

    assert again == schedule
    assert hash(again) == hash(schedule)
    assert repr(again) == repr(schedule)
    assert again.next(start) == schedule.next(start)
