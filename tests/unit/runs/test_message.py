"""What a message asks for, by its headers."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from celery.app.task import Context

from beat_schedule.entries import Entry, by_every_name
from beat_schedule.policies import Overlap, Policy
from beat_schedule.runs.message import opening_of
from beat_schedule.schedules import Every
from beat_schedule.store.models import Trigger

NOW = datetime(2026, 3, 10, 12, 7, tzinfo=UTC)
HOUR = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

ENTRY = Entry(
    key="tasks.sync.pull@every:1h",
    task="tasks.sync.pull",
    schedule=Every("1h"),
    queue="default",
    event="every",
    place="hooks.py",
    policy=Policy(spread=timedelta(minutes=5)),
)


def opening(**headers):
    request = Context(
        id=headers.pop("id", "0b1f4a5e-7a3c-4a8e-9a53-7d1f4b6e2c10"),
        args=[1],
        kwargs={"kind": "loans"},
        hostname="celery@here",
        delivery_info={"routing_key": "long"},
        **headers,
    )
    return opening_of(request, "tasks.sync.pull", {ENTRY.key: ENTRY}, NOW)


def test_our_beat_says_everything_itself():
    asked = opening(
        hookbeat_entry=ENTRY.key,
        hookbeat_due_at="2026-03-10T11:00:00.000+00:00",
        hookbeat_run="6f2c2c54-2f86-4f7b-8c0f-6a1d5e1c9b11",
        hookbeat_trigger="schedule",
        hookbeat_queued_at="2026-03-10T11:00:01.000+00:00",
    )

    assert asked.run_id == uuid.UUID("6f2c2c54-2f86-4f7b-8c0f-6a1d5e1c9b11")
    assert (asked.entry, asked.due_at) == (ENTRY.key, HOUR - timedelta(hours=1))
    assert (asked.trigger, asked.queue, asked.worker) == (Trigger.SCHEDULE, "long", "celery@here")
    assert (asked.args, asked.kwargs) == ((1,), {"kind": "loans"})
    assert asked.queued_at == HOUR - timedelta(minutes=59, seconds=59)


def test_a_stock_beat_says_no_due_time_so_it_is_the_newest_that_could_be_sent():
    asked = opening(periodic_task_name=ENTRY.key)

    assert (asked.due_at, asked.trigger) == (HOUR, Trigger.SCHEDULE)


def test_messages_of_a_stock_beat_that_wait_together_are_runs_of_their_own():
    first = opening(periodic_task_name=ENTRY.key)
    second = opening(periodic_task_name=ENTRY.key, id="6f2c2c54-2f86-4f7b-8c0f-6a1d5e1c9b11")

    assert first.due_at == second.due_at
    assert first.run_id == uuid.UUID("0b1f4a5e-7a3c-4a8e-9a53-7d1f4b6e2c10")
    assert second.run_id == uuid.UUID("6f2c2c54-2f86-4f7b-8c0f-6a1d5e1c9b11")


def test_a_plain_call_is_a_run_under_the_id_that_celery_gave_it():
    asked = opening()

    assert asked.run_id == uuid.UUID("0b1f4a5e-7a3c-4a8e-9a53-7d1f4b6e2c10")
    assert (asked.entry, asked.due_at, asked.trigger) == ("tasks.sync.pull", NOW, Trigger.CALL)


def test_a_task_that_replaced_another_is_another_run_under_the_same_id():
    replaced, again = opening(replaced_task_nesting=1), opening(replaced_task_nesting=2)

    assert len({opening().run_id, replaced.run_id, again.run_id}) == 3
    assert opening(replaced_task_nesting=1).run_id == replaced.run_id


def test_headers_that_make_no_sense_lose_no_run():
    asked = opening(hookbeat_due_at="yesterday", hookbeat_run=7, hookbeat_token=None, retries="x")

    assert (asked.trigger, asked.due_at, asked.attempt) == (Trigger.CALL, NOW, 1)


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_due_time_beyond_all_years_is_none(instant):
    assert opening(hookbeat_due_at=instant).trigger is Trigger.CALL


def test_a_retry_asks_for_its_next_attempt():
    assert opening(retries=2).attempt == 3


@pytest.mark.parametrize(("said", "is_forced"), [(True, True), (None, False)])
def test_who_goes_over_what_is_held_says_so_in_the_message(said, is_forced):
    asked = {"hookbeat_due_at": HOUR.isoformat(), "hookbeat_trigger": "manual"}

    made = opening(headers=asked | ({"hookbeat_forced": said} if said else {}))

    assert made.forced is is_forced


def test_what_was_sent_under_a_former_key_keeps_it_and_yet_no_run_of_the_new_one_beside_it():
    policy = Policy(overlap=Overlap.SKIP, formerly=("tasks.old@every:1h",))
    renamed = replace(ENTRY, policy=policy)
    request = Context(
        id="0b1f4a5e-7a3c-4a8e-9a53-7d1f4b6e2c10",
        hookbeat_entry="tasks.old@every:1h",
        hookbeat_due_at="2026-03-10T11:00:00.000+00:00",
    )

    asked = opening_of(request, "tasks.sync.pull", by_every_name([renamed]), NOW)

    assert asked.entry == "tasks.old@every:1h"
    assert asked.slot == ENTRY.key
