from collections import Counter
from datetime import UTC, datetime, timedelta

from beat_schedule.dispatch.agenda import Agenda

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_only_what_wants_to_be_looked_at_by_now_is_taken():
    agenda = Agenda()
    agenda.put("early", NOON - MINUTE)
    agenda.put("exactly now", NOON)
    agenda.put("late", NOON + MINUTE)

    assert agenda.take(NOON) == ["early", "exactly now"]
    assert agenda.soonest() == NOON + MINUTE


def test_a_later_word_replaces_an_earlier_one():
    agenda = Agenda()
    agenda.put("moved", NOON)
    agenda.put("moved", NOON + MINUTE)

    assert agenda.take(NOON) == []
    assert agenda.soonest() == NOON + MINUTE


def test_an_entry_said_twice_for_one_instant_is_taken_once():
    agenda = Agenda()
    agenda.put("twice", NOON)
    agenda.put("twice", NOON)

    assert agenda.take(NOON) == ["twice"]
    assert agenda.take(NOON) == []


def test_equals_come_in_another_order_each_time_so_that_none_is_always_last():
    keys = [f"tasks.shop.sync_{number}@every:1m" for number in range(4)]
    agenda = Agenda()
    orders = []
    for minute in range(200):
        at = NOON + minute * MINUTE
        for key in keys:
            agenda.put(key, at)
        orders.append(agenda.take(at))

    for place in range(len(keys)):
        shares = Counter(order[place] for order in orders)
        assert sorted(shares) == keys
        assert all(25 <= share <= 75 for share in shares.values())


def test_every_beat_puts_equals_in_the_same_order_and_an_older_one_before_them():
    keys = [f"tasks.shop.sync_{number}@every:1m" for number in range(9)]
    one, other = Agenda(), Agenda()
    for agenda, order in ((one, keys), (other, reversed(keys))):
        agenda.put("older", NOON - MINUTE)
        for key in order:
            agenda.put(key, NOON)

    taken = one.take(NOON)

    assert taken[0] == "older"
    assert taken == other.take(NOON)
    assert taken[1:] != sorted(keys)


def test_an_empty_agenda_has_no_soonest():
    assert Agenda().soonest() is None
