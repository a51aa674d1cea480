"""Somebody moves a clock, and sees what his entries do."""

import sys
from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule.errors import NotFoundError
from beat_schedule.testing import Rehearsal

pytestmark = pytest.mark.usefixtures("project")

MORNING = "2026-03-10 00:00"


def test_what_is_due_on_the_way_runs_with_its_own_date_and_leaves_its_record():
    with Rehearsal(MORNING, only=["count"]) as shop:
        [first, second] = shop.run_due(until="2026-03-11 12:00")

    assert (first.entry, first.outcome, first.attempts) == ("count", "succeeded", 1)
    assert first.due_at == datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
    assert first.counts == {"pieces": 7}
    assert first.lines == (
        "shop.counted day='2026-03-10'",
        "counted by 2026-03-10T01:30:00+00:00",
    )
    assert second.due_at == datetime(2026, 3, 11, 1, 30, tzinfo=UTC)


def test_the_clock_stands_where_it_was_moved_and_goes_on_from_there():
    with Rehearsal(MORNING, only=["count"]) as shop:
        assert shop.run_due(until="2026-03-10 02:29") == []
        assert shop.clock.now() == datetime(2026, 3, 10, 1, 29, tzinfo=UTC)
        assert len(shop.run_due(until="2026-03-10 02:30")) == 1
        assert shop.run_due(until="2026-03-10 02:30") == []
        assert len(shop.runs) == 1


def test_all_entries_run_in_the_order_in_which_a_beat_would_send_them():
    with Rehearsal(MORNING) as shop:
        runs = shop.run_due(until="2026-03-10 12:00")

    assert [run.entry.partition("@")[0] for run in runs] == [
        "count",
        "shop_tasks.order",
        "shop_tasks.open_doors",
        "shop_tasks.invoice",
    ]
    assert runs[2].due_at == datetime(2026, 3, 10, 8, tzinfo=UTC)
    spread = runs[2].started_at - runs[2].due_at
    assert timedelta(0) < spread <= timedelta(minutes=10)


def test_a_failed_attempt_is_made_again_when_the_clock_gets_there():
    with Rehearsal(MORNING, only=["shop_tasks.order"]) as shop:
        [waiting] = shop.run_due(until="2026-03-10 08:00")
        [over] = shop.run_due(until="2026-03-10 09:00")

    assert (waiting.outcome, waiting.attempts) == ("waiting", 1)
    assert "the supplier does not answer" in waiting.reason
    assert (over.outcome, over.attempts) == ("succeeded", 2)
    assert sys.modules["shop_tasks"].tried == [1, 2]


@pytest.mark.parametrize(
    ("overlap", "became"), [("skip", "skipped"), ("queue", "succeeded"), ("allow", "succeeded")]
)
def test_what_is_due_while_a_run_waits_follows_its_overlap(project, overlap, became):
    project.write(
        "shop_hooks.py",
        f"""
        scheduler_events = {{
            "every": {{
                "10m": {{
                    "task": "shop_tasks.order",
                    "retries": 2,
                    "retry_backoff": "15m",
                    "overlap": "{overlap}",
                }}
            }}
        }}
        """,
    )
    project.write(
        "shop_tasks.py",
        """
        from datetime import datetime, UTC

        def order(context):
            if context.due_at == datetime(2026, 3, 10, 12, 10, tzinfo=UTC) and context.attempt == 1:
                raise ConnectionError("the supplier does not answer")
        """,
    )

    with Rehearsal("2026-03-10T12:00Z") as shop:
        shop.run_due(until="2026-03-10T12:20Z")
        shop.run_due(until="2026-03-10T12:39Z")
        first, second, _ = shop.runs

    assert (first.outcome, first.attempts) == ("succeeded", 2)
    assert second.outcome == became
    assert (second.started_at > first.started_at) == (overlap == "queue")


def test_a_run_that_fails_stops_nothing_and_says_what_it_raised(project):
    project.write("shop_tasks.py", "def count(): raise KeyError('no shelf')\ndef invoice(): pass\n")
    project.write(
        "shop_hooks.py", 'scheduler_events = {"daily": ["shop_tasks.count", "shop_tasks.invoice"]}'
    )

    with Rehearsal("2026-03-10 12:00") as shop:
        runs = shop.run_due(until="2026-03-11 12:00")

    assert sorted(run.outcome for run in runs) == ["failed", "succeeded"]
    [failed] = [run for run in runs if run.outcome == "failed"]
    assert "no shelf" in failed.error
    assert "shop_tasks.py" in failed.traceback


def test_what_does_not_run_here_says_why_and_a_setting_says_where_we_are():
    with Rehearsal(MORNING, only=["shop_tasks.invoice"]) as shop:
        [skipped] = shop.run_due(until="2026-03-10 12:00")
    with Rehearsal(MORNING, only=["shop_tasks.invoice"], environment="production") as shop:
        [ran] = shop.run_due(until="2026-03-10 12:00")

    assert (skipped.outcome, skipped.attempts) == ("skipped", 0)
    assert "development" in skipped.reason
    assert ran.outcome == "succeeded"


def test_a_feature_stands_as_declared_until_it_is_switched(project):
    project.set(features="shop_features:Feature")
    project.write(
        "shop_features.py",
        'from enum import Enum\nclass Feature(Enum):\n    COUNT = "Count things"\n',
    )
    project.write(
        "shop_hooks.py",
        """
        scheduler_events = {"hourly": [{"task": "shop_tasks.count", "feature": "COUNT"}]}
    """,
    )

    with Rehearsal("2026-03-10 12:00") as shop:
        [on] = shop.run_due(until="2026-03-10 13:00")
        shop.switch("COUNT", on=False)
        [off] = shop.run_due(until="2026-03-10 14:00")
        with pytest.raises(NotFoundError, match="no feature 'CUONT'"):
            shop.switch("CUONT", on=False)

    assert on.outcome == "succeeded"
    assert (off.outcome, off.reason) == ("skipped", "feature COUNT is off")


def test_nobody_outside_hears_of_it_and_the_projects_own_record_stays_as_it_was(project):
    project.write(
        "shop_hooks.py",
        """
        scheduler_events = {
            "hourly": [{"task": "shop_tasks.count", "ping": "http://127.0.0.1:1/ping"}]
        }
    """,
    )

    with Rehearsal("2026-03-10 12:00") as shop:
        [run] = shop.run_due(until="2026-03-10 13:00")
        assert shop.settings.mail_dry_run

    assert run.outcome == "succeeded"
    assert not (project.folder / ".hookbeat").exists()


def test_the_clock_is_never_moved_back():
    with Rehearsal(MORNING) as shop, pytest.raises(ValueError, match="cannot be moved back"):
        shop.run_due(until="2026-03-09")


def test_a_name_that_no_entry_has_is_told():
    with (
        pytest.raises(NotFoundError, match="did you mean 'count'"),
        Rehearsal(MORNING, only=["cuont"]),
    ):
        pass


def test_a_celery_task_runs_as_it_does_in_a_worker_and_its_retry_is_a_failed_attempt(project):
    project.write("shop_hooks.py", 'scheduler_events = {"hourly": ["shop_tasks.sync"]}')
    project.write(
        "shop_tasks.py",
        """
        from celery import Celery

        app = Celery("shop", set_as_current=False)

        @app.task(bind=True, name="shop_tasks.sync")
        def sync(self):
            print("synced by", self.name)
            if self.app.conf.get("supplier_is_away"):
                self.retry(exc=ConnectionError("the supplier does not answer"))
        """,
    )

    with Rehearsal("2026-03-10 12:00") as shop:
        [went_well] = shop.run_due(until="2026-03-10 13:00")
        sys.modules["shop_tasks"].app.conf.supplier_is_away = True
        [failed] = shop.run_due(until="2026-03-10 14:00")

    assert (went_well.outcome, went_well.lines) == ("succeeded", ("synced by shop_tasks.sync",))
    assert failed.outcome == "failed"
    assert "the supplier does not answer" in failed.error
