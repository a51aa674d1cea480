"""What a change of the hooks does to the runs of a year."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from beat_schedule.foresight.calendar import Calendar
from beat_schedule.foresight.changed_days import changed_days
from beat_schedule.foresight.collisions import new_collisions
from beat_schedule.foresight.differences import Difference, differences
from beat_schedule.foresight.load import hottest, per_hour_of_day, per_hour_of_week, per_minute
from beat_schedule.policies import Overlap, Policy
from beat_schedule.schedules import AnyOf, At, Every
from tests.foreseen import A_YEAR, SINCE, an_entry

DAY, HOUR, MINUTE, SECOND = (
    timedelta(**{unit: 1}) for unit in ("days", "hours", "minutes", "seconds")
)
UNTIL = SINCE + A_YEAR


def calendar():
    return Calendar(SINCE, UNTIL)


def counts(change):
    return change.added, change.removed, change.moved, change.kept


def compared(old, new):
    return differences(old, new, calendar())


def test_what_stays_as_it_is_is_no_change():
    entries = [an_entry("shop.close@daily"), an_entry("sync.pull@every", Every("5m"))]

    assert compared(entries, entries[::-1]) == []


def test_what_is_added_and_what_is_removed_is_counted_with_its_first_and_last_run():
    [added, removed] = compared([an_entry("b", "0 0 * * *")], [an_entry("a", "0 12 1 * *")])

    assert counts(added) == (12, 0, 0, 0)
    assert added.first == Difference(becomes=datetime(2026, 12, 1, 12, tzinfo=UTC))
    assert added.last == Difference(becomes=datetime(2027, 11, 1, 12, tzinfo=UTC))
    assert counts(removed) == (0, 365, 0, 0)
    assert removed.first == Difference(was=SINCE + DAY)


def test_another_time_of_the_day_moves_every_run():
    [change] = compared([an_entry("a", "0 0 * * *")], [an_entry("a", "30 6 * * *")])

    # The first of the new times comes before the first of the old ones.
    assert counts(change) == (0, 0, 365, 0)
    assert change.first.at == SINCE + 6 * HOUR + 30 * MINUTE


def test_more_runs_a_day_are_added_and_those_that_stay_are_kept():
    [change] = compared([an_entry("a", "0 6 * * *")], [an_entry("a", "0 6,18 * * *")])

    assert counts(change) == (365, 0, 0, 365)


def test_a_spread_moves_what_is_sent():
    [change] = compared([an_entry("a")], [an_entry("a", spread=5 * MINUTE)])

    assert counts(change) == (0, 0, 365, 0)
    assert change.first == Difference(was=SINCE + DAY, becomes=SINCE + DAY + 5 * MINUTE)


def test_another_policy_changes_no_run_and_is_said():
    old = an_entry("a", policy=Policy(), queue="default")
    new = an_entry("a", policy=Policy(overlap=Overlap.QUEUE), queue="long", timeout=HOUR)

    [change] = compared([old], [new])

    assert not change.changes_runs
    assert change.kept == 365
    assert change.otherwise == (
        "queue: default → long",
        "timeout: none → 1h",
        "overlap: skip → queue",
    )


def test_an_entry_with_a_new_key_is_the_old_one_where_it_says_so():
    [change] = compared(
        [an_entry("old", task="shop.close")],
        [an_entry("new", task="shop.close", policy=Policy(formerly=("old",)))],
    )

    assert (change.key, counts(change)) == ("new", (0, 0, 0, 365))
    assert change.otherwise == ("key: old → new",)


@settings(max_examples=60, deadline=None)
@given(*[st.sets(st.integers(1, 300), max_size=25)] * 2)
@example({5, 90}, {5, 90})
def test_no_run_is_lost_or_doubled_in_the_counting(old, new):
    sides = [
        [an_entry("a", AnyOf(*(At(SINCE + each * MINUTE) for each in minutes)))] if minutes else []
        for minutes in (old, new)
    ]

    added, removed, moved, kept = (
        sum(each)
        for each in zip((0,) * 4, *(counts(change) for change in compared(*sides)), strict=True)
    )

    if old == new:
        # Nothing changes, and nothing is counted.
        assert (added, removed, moved, kept) == (0, 0, 0, 0)
    else:
        assert kept + moved + removed == len(old)
        assert kept + moved + added == len(new)


def test_what_is_due_every_second_is_counted_and_not_listed():
    [change] = compared([], [an_entry("a", Every("1s"))])

    assert counts(change) == (365 * 86_400, 0, 0, 0)


def test_two_that_are_due_every_second_are_compared_up_to_a_bound_that_is_named():
    [change] = compared([an_entry("a", Every("1s"))], [an_entry("a", Every("2s"))])

    assert change.until < UNTIL
    assert abs(change.removed - change.kept) <= 1


def test_on_days_of_clock_changes_both_plans_are_shown():
    old, new = (an_entry("a", at, zone="Europe/Paris") for at in ("30 1 * * *", "30 2 * * *"))

    spring, autumn = changed_days(compared([old], [new]), calendar())

    assert (str(spring.day), spring.forward) == ("2027-03-28", HOUR)
    # 02:30 is skipped: it is run at 03:00, an hour after what was 01:30.
    assert spring.becomes == [datetime(2027, 3, 28, 1, 0, tzinfo=UTC)]
    assert (str(autumn.day), autumn.forward, len(autumn.becomes)) == ("2027-10-31", -HOUR, 1)


def test_whom_a_changed_entry_newly_meets_is_told_once():
    others = [an_entry("b", "30 6 * * mon"), an_entry("c", Every("1m")), an_entry("d", "0 0 * * *")]
    old, new = an_entry("a", "0 0 * * *"), an_entry("a", "30 6 * * *")

    changes = compared([old, *others], [new, *others])
    [collision] = new_collisions(changes, [old, *others], [new, *others], calendar())

    assert (collision.key, collision.others, collision.times) == ("a", ("b",), 52)
    assert collision.first == datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


def test_of_two_changed_entries_that_meet_it_is_told_once():
    new = [an_entry("a", "0 6 * * *"), an_entry("b", "0 6 * * mon")]

    [collision] = new_collisions(compared([], new), [], new, calendar())

    assert (collision.key, collision.others) == ("a", ("b",))


def test_the_load_is_counted_by_the_hour_of_the_week_on_the_clock_of_a_zone():
    entries = [
        an_entry("a", "30 6 * * mon"),
        an_entry("b", "30 6 * * mon"),
        an_entry("c", Every("5m")),
    ]
    utc = SINCE.tzinfo

    week = per_hour_of_week(entries, calendar(), utc)

    assert week[6] == 2 * 52 + 52 * 12
    assert sum(per_hour_of_day(week)) == 104 + 365 * 288


def test_dense_and_sparse_schedules_are_counted_alike():
    until_midnight = Calendar(SINCE - SECOND, UNTIL - SECOND)
    dense, sparse = (
        per_hour_of_week([an_entry("a", Every(often))], until_midnight, SINCE.tzinfo)
        for often in ("20s", "20m")
    )

    assert dense == [each * 60 for each in sparse]


def test_the_hottest_minute_is_the_one_with_most_entries():
    week = Calendar(SINCE, SINCE + 7 * DAY)
    entries = [an_entry("a"), an_entry("b", "0 0 * * mon"), an_entry("c", "0 1 * * *")]

    [minute] = hottest(per_minute(entries, week), 1)

    assert (minute.at, minute.keys) == (datetime(2026, 11, 23, tzinfo=UTC), ("a", "b"))
