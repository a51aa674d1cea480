"""What a run says, heard by those who follow it while it says it."""

import uuid
from collections import deque
from contextlib import closing
from datetime import timedelta

import pytest

from beat_schedule.actions.listening import Ear
from beat_schedule.clock import SystemClock
from beat_schedule.runs.lines import FIRST, LAST, Lines
from beat_schedule.runs.live import Live
from beat_schedule.settings import Settings
from tests.servers import free_port

RUN = uuid.UUID(int=7)


@pytest.fixture
def settings(redis_url, redis_client):  # noqa: ARG001 -- empties it
    return Settings(redis_url=redis_url, prefix="test:")


@pytest.fixture
def lines(clock):
    return Lines(clock)


@pytest.fixture
def live(settings):
    live = Live(settings, every=timedelta(milliseconds=20))
    yield live
    live.close()


@pytest.fixture
def ear(settings):
    with closing(Ear(settings, SystemClock())) as ear:
        yield ear


def heard(ear):
    return [line.text for line in ear.heard([RUN]).get(RUN, [])]


def test_those_who_come_late_hear_what_was_said_before_and_then_what_is(
    live, lines, ear, wait_until
):
    lines.add("info", "one")
    with live.told_of(RUN, lines):
        lines.add("info", "two\x00")
        assert wait_until(lambda: heard(ear)) == ["one", "two\\x00"]

        lines.add("info", "three")
        assert wait_until(lambda: heard(ear)) == ["three"]


def test_another_who_comes_hears_it_from_the_beginning(live, lines, ear, settings, wait_until):
    lines.add("info", "one")
    with live.told_of(RUN, lines), closing(Ear(settings, SystemClock())) as other:
        wait_until(lambda: heard(ear))

        assert wait_until(lambda: heard(other)) == ["one"]


def test_nothing_is_told_where_nobody_listens(live, lines, redis_client, wait_until):
    redis_client.config_resetstat()

    def calls(command):
        said = redis_client.info("commandstats")
        return sum(each["calls"] for name, each in said.items() if name.startswith(command))

    lines.add("info", "one")
    with live.told_of(RUN, lines):
        wait_until(lambda: calls("cmdstat_pubsub") > 2)

    assert calls("cmdstat_publish") == 0
    assert redis_client.keys("*said*") == []


def test_the_thread_ends_with_the_runs_and_begins_again(live, lines, ear, wait_until):
    with live.told_of(RUN, lines):
        assert live._thread is not None
    wait_until(lambda: live._thread is None)

    lines.add("info", "again")
    with live.told_of(RUN, lines):
        assert wait_until(lambda: heard(ear)) == ["again"]


def test_a_redis_that_is_away_harms_neither_side(lines):
    away = Settings(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    live = Live(away, every=timedelta(milliseconds=1))
    with closing(Ear(away, SystemClock())) as ear, live.told_of(RUN, lines):
        lines.add("info", "one")

        assert heard(ear) == []
    live.close()


def test_of_too_many_lines_the_first_and_the_last_are_told(lines):
    many = FIRST + LAST + 10
    for number in range(many):
        lines.add("info", str(number))

    kept, end = lines.after(0)
    newest, _ = lines.after(many - 3)

    assert end == many
    assert [line.text for line in kept] == [
        *map(str, range(FIRST)),
        *map(str, range(many - LAST, many)),
    ]
    assert [line.text for line in newest] == [str(many - 3), str(many - 2), str(many - 1)]
    assert lines.after(many) == ([], many)


def test_what_is_said_while_somebody_looks_is_passed_over_by_no_look(lines):
    class Talking(deque):
        """The task goes on talking while its last lines are looked at."""

        def copy(self):
            lines.add("info", "one")
            lines.add("info", "two")
            return super().copy()

    lines._last = Talking(maxlen=LAST)
    for number in range(FIRST - 1):
        lines.add("info", str(number))

    found, end = lines.after(0)

    assert end == len(found)
    assert [line.text for line in found[-2:]] == ["one", "two"]
