"""What the experiments measure with: would it notice?"""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import redis

from tests.chaos.account import Window, account, quantiles
from tests.chaos.entries import QUEUE
from tests.chaos.evidence import Arrival, Push, Row, Tick, pushes
from tests.chaos.house import AOF
from tests.chaos.proxy import Proxy
from tests.servers import RedisServer, free_port

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
STRICT, COALESCING = "all-00", "once-00"


def second(number):
    return NOON + timedelta(seconds=number)


def window():
    return Window(second(0), second(3))


def push(number, entry=STRICT):
    return Push(Tick(entry, second(number)), f"{entry}-{number}", "gen1@here")


def arrival(number, at=None, *, redelivered=False):
    tick = Tick(STRICT, second(number))
    return Arrival(tick, f"{STRICT}-{number}", "gen1@here", at or second(number), redelivered)


def row(first, last=None, decision="sent", entry=STRICT):
    last = first if last is None else last
    return Row(entry, second(first), second(last), last - first + 1, decision, "")


def counted(sent, came, rows, entry=STRICT, held=()):
    return account(window(), sent, held, came, rows, entries=[entry])


def all_is_well():
    numbers = (1, 2, 3)
    return (
        [push(number) for number in numbers],
        [arrival(number) for number in numbers],
        [row(number) for number in numbers],
    )


def test_what_was_sent_once_carried_out_and_recorded_is_well():
    found = counted(*all_is_well())

    assert not any(found.wrong.values())
    assert (found.expected, found.sent, found.decisions) == (3, 3, {"sent": 3})


def wrong_in(sent, came, rows):
    return [name for name, ticks in counted(sent, came, rows).wrong.items() if ticks]


def test_a_due_time_of_a_strict_entry_that_was_not_sent_is_lost():
    sent, came, rows = all_is_well()

    assert wrong_in(sent[:2], came[:2], [*rows[:2], row(3, decision="coalesced")]) == ["lost"]


def test_a_message_put_into_the_queue_twice_is_doubled():
    sent, came, rows = all_is_well()

    assert wrong_in([*sent, sent[0]], came, rows) == ["doubled"]


def test_what_was_not_due_is_unasked_for_and_carried_out_before_its_time_is_early():
    sent, came, rows = all_is_well()
    between = Push(Tick(STRICT, second(1.5)), "x", "gen1@here")

    assert "unasked" in wrong_in([*sent, between], came, rows)
    assert wrong_in(sent, [*came, arrival(2, at=second(1))], rows) == ["early"]


def test_a_due_time_must_be_on_record_once_as_what_it_was():
    sent, came, rows = all_is_well()

    assert wrong_in(sent, came, rows[:2]) == ["undecided", "misreported"]
    assert wrong_in(sent, came, [*rows, row(3, decision="missed")]) == ["decided_twice"]
    assert wrong_in(sent, came, [*rows[:2], row(3, decision="missed")]) == ["misreported"]


def test_a_span_must_say_how_many_due_times_it_has():
    sent, came, _ = all_is_well()
    span = Row(STRICT, second(1), second(3), 2, "sent", "")

    assert wrong_in(sent, came, [span]) == ["miscounted"]


def test_spans_stand_for_all_their_due_times_even_if_they_begin_between_two():
    span = Row(COALESCING, second(1.001), second(3), 2, "coalesced", "1 for 2")
    sent, rows = [push(1, COALESCING)], [row(1, entry=COALESCING), span]

    found = counted(sent, [], rows, entry=COALESCING)

    assert not any(found.wrong.values())
    assert found.decisions == {"sent": 1, "coalesced": 2}
    assert found.reasons == {"coalesced: 1 for 2": 2}


def test_what_celery_delivers_again_is_no_double():
    sent, came, rows = all_is_well()

    found = counted(sent, [*came, arrival(3, at=second(40), redelivered=True)], rows)

    assert not any(found.wrong.values())
    assert found.redelivered == 1


def test_what_was_sent_and_never_carried_out_was_in_a_workers_hands_or_lost_on_the_way():
    sent, came, rows = all_is_well()

    found = counted(sent, came[:1], rows, held={sent[1].id})

    assert not any(found.wrong.values())
    assert (found.never_run, found.popped_for_nobody) == ([sent[1].tick, sent[2].tick], 1)


def test_quantiles_are_figures_that_were_measured():
    assert quantiles([3, 1, 2]) == {"count": 3, "p50": 2, "p99": 3, "max": 3}
    assert quantiles(range(1, 201))["p99"] == 198
    assert quantiles([]) == {"count": 0}


def message(number, **headers):
    due_at = second(number).isoformat(timespec="milliseconds")
    said = {"hookbeat_entry": STRICT, "hookbeat_due_at": due_at, "id": "x", "origin": "gen1@here"}
    return json.dumps({"body": "", "headers": said | headers})


@pytest.fixture
def aof_server(tmp_path):
    server = RedisServer(tmp_path, *AOF)
    server.start()
    yield server
    server.kill()


def test_the_append_only_file_tells_every_push_even_after_a_kill(aof_server, tmp_path):
    with redis.Redis.from_url(aof_server.url) as client:
        script = "for _, text in ipairs(ARGV) do redis.call('LPUSH', KEYS[1], text) end"
        client.eval(script, 1, QUEUE, message(1), message(2))
        client.lpush("elsewhere", message(3))
        aof_server.kill()
        aof_server.start()
        client.lpush(QUEUE, message(2))
        client.rpush(QUEUE, message(1, redelivered=True))
        client.lpop(QUEUE)

    found = Counter(push.tick.due_at for push in pushes(tmp_path))

    assert found == {second(1): 1, second(2): 2}


@pytest.fixture
def line(redis_url):
    port = free_port()
    proxy = Proxy(int(redis_url.split(":")[-1].split("/")[0]), [port])
    with redis.Redis(port=port, socket_timeout=0.3, retry=None) as client:
        yield lambda mode: proxy.set(port, mode), client
    proxy.close()


def test_a_line_loses_replies_and_not_requests(line, redis_client, wait_until):
    set_mode, client = line
    client.set("counter", 0)
    set_mode("swallow")
    with pytest.raises(redis.TimeoutError):
        client.incr("counter")
    wait_until(lambda: redis_client.get("counter") == "1")

    set_mode("pass")

    wait_until(lambda: answers(client))
    assert redis_client.get("counter") == "1"


def test_over_a_half_open_line_requests_arrive_late(line, redis_client, wait_until):
    set_mode, client = line
    client.set("counter", 0)
    set_mode("stall")
    with pytest.raises(redis.TimeoutError):
        wait_until(lambda: client.incr("counter") is None)
    before = int(redis_client.get("counter"))

    set_mode("pass")

    wait_until(lambda: int(redis_client.get("counter")) == before + 1)


def answers(client):
    try:
        return client.ping()
    except redis.RedisError:
        return False
