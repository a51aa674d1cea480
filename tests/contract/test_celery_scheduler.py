"""What Celery asks of a scheduler, after its own tests of `celery.beat`.

Some of what Celery's scheduler does, ours leaves out, since it would send by another way than ours:

- nothing is reckoned from `last_run_at`, `is_due` or a heap: due times are decided by cursor, and
  how far an entry is decided stands in Redis; so `reserve`, `adjust`, `populate_heap` do not count;
- `apply_async` and `send_task` still send at once, but `tick` does not go by them: its messages are
  pushed in one step with the note that they were sent;
- there is no file, so `schedule_filename`, `sync` and `beat_sync_every` change nothing;
- `max_interval` changes nothing: `tick` waits by itself, for a second at most, and returns 0;
- entries are taken up by the first `tick`. One that comes later waits for the next start: beats
  that stand by declare a set of entries, and only a beat that has the one in force may lead.
"""

import pickle
import threading
from types import SimpleNamespace

import pytest
from celery.apps.beat import Beat as BeatCommand
from celery.beat import Service

from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.policies import CatchUp, Overlap, Policy
from beat_schedule.runs.code import LOOK, Version
from beat_schedule.scheduler import Scheduler
from beat_schedule.schedules import Every, Governed
from tests.contract.entries import LATER, NOWHERE, SOON

# The class, and how Celery comes by it.


def test_its_name_on_the_command_line_finds_it(app):
    service = Service(app, scheduler_cls="hookbeat")

    assert type(service.get_scheduler(lazy=True)) is Scheduler


def test_celerys_banner_shows_it_without_a_connection_or_a_thread(app):
    before = threading.active_count()
    service = Service(app, scheduler_cls=Scheduler)

    banner = BeatCommand(app=app, loglevel="INFO").startup_info(service)

    assert "beat_schedule.scheduler.Scheduler" in banner
    assert "entries -> 1" in banner
    assert threading.active_count() == before


def test_a_lazy_one_reads_no_entries_and_another_has_them_from_the_start(app):
    assert Scheduler(app=app, lazy=True).schedule == {}
    assert list(Scheduler(app=app).schedule) == ["known"]


def test_it_is_built_and_closed_without_a_connection_or_a_thread(app):
    before = threading.active_count()

    scheduler = Scheduler(app=app)
    scheduler.sync()
    scheduler.setup_schedule()
    scheduler.close()
    scheduler.close()

    assert threading.active_count() == before


def test_a_service_can_be_pickled_for_a_process_that_is_spawned(app):
    service = pickle.loads(pickle.dumps(Service(app, scheduler_cls="hookbeat")))  # noqa: S301

    assert type(service.get_scheduler(lazy=True)) is Scheduler


# Its entries.


def test_a_schedule_of_ones_own_is_kept_as_it_is(app):
    own = {}

    scheduler = Scheduler(app=app, schedule=own, lazy=True)

    assert scheduler.schedule is own
    scheduler.schedule = other = {}
    assert (scheduler.schedule, scheduler.data) == (other, other)


def test_entries_are_added_one_by_one_or_as_a_dict(scheduler):
    added = scheduler.add(name="added", **SOON)
    scheduler.update_from_dict({"given": LATER})

    assert set(scheduler.schedule) == {"known", "added", "given"}
    assert {type(entry) for entry in scheduler.schedule.values()} == {PeriodicEntry}
    assert (added.key, scheduler.schedule["given"].task) == ("added", "shop.close")


def test_merging_takes_over_what_is_new_and_drops_what_is_gone(scheduler):
    scheduler.update_from_dict({"stays": SOON, "goes": SOON})
    stays = scheduler.schedule["stays"]

    scheduler.merge_inplace({"stays": LATER, "comes": SOON})

    assert set(scheduler.schedule) == {"stays", "comes"}
    assert scheduler.schedule["stays"] is stays
    assert stays.schedule == LATER["schedule"]


def test_a_name_that_no_index_of_the_record_can_hold_is_left_out_and_stops_no_other(guest, caplog):
    longest = "n" * 2000
    app = guest(NOWHERE, **dict.fromkeys(["known", longest, longest + "n", "ä" * 1001], SOON))

    assert set(Scheduler(app=app).schedule) == {"known", longest}
    long, longer = [said for said in caplog.messages if said.startswith("entry.left_out ")]
    assert "its name has 2001 bytes" in long
    assert "its name has 2002 bytes" in longer


class Unspeakable:
    """What cannot even be shown."""

    def __repr__(self):
        raise ZeroDivisionError


def test_entries_that_no_beat_could_lead_with_end_one_that_starts(guest):
    app = guest(NOWHERE, wrong=SOON | {"args": [Unspeakable()]})

    with pytest.raises(ZeroDivisionError):
        Scheduler(app=app)


def test_old_results_are_cleaned_up_where_results_are_kept(app, tmp_path):
    app.conf.result_backend = f"file://{tmp_path}"

    assert set(Scheduler(app=app).schedule) == {"known", "celery.backend_cleanup"}


def test_where_no_results_are_kept_there_is_nothing_to_clean_up(scheduler):
    assert set(scheduler.schedule) == {"known"}


def test_an_app_that_was_never_installed_has_no_entry_followed_and_is_warned(guest, caplog):
    asks = Policy(catch_up=CatchUp.ALL, overlap=Overlap.QUEUE)
    app = guest(NOWHERE, asks=SOON | {"schedule": Governed(Every("1s"), asks)}, known=SOON)

    sent = Scheduler(app=app).schedule["asks"].policy

    assert sent == Policy(catch_up=CatchUp.ALL, overlap=Overlap.ALLOW, tracked=False)
    [warning] = [said for said in caplog.messages if said.startswith("entries.untracked ")]
    assert "entries=1 " in warning


def test_an_entry_that_is_added_there_later_is_not_followed_either(live, caplog):
    scheduler = live(known=SOON)
    asks = Policy(overlap=Overlap.QUEUE)

    added = scheduler.add(name="added", task="shop.close", schedule=Governed(Every("1s"), asks))
    scheduler.tick()

    assert added.policy == Policy(overlap=Overlap.ALLOW, tracked=False)
    assert "entries.untracked" in caplog.text


def test_nobody_is_warned_where_no_entry_asks_to_be_followed(app, caplog):
    Scheduler(app=app)

    assert "entries.untracked" not in caplog.text


def test_an_entry_is_one_of_celerys(scheduler):
    entry = scheduler.schedule["known"]
    other = PeriodicEntry(name="other", app=entry.app, **LATER)

    following = entry.next()
    copy = pickle.loads(pickle.dumps(entry))  # noqa: S301
    assert entry.is_due().next > 0
    assert following.total_run_count == entry.total_run_count + 1
    assert (copy, copy.key) == (entry, "known")
    assert "shop.close" in repr(entry)
    assert (entry < other) in {True, False}
    entry.update(other)
    assert entry == other


def test_a_message_can_be_sent_by_hand(live, sent):
    scheduler = live(known=LATER)

    result = scheduler.apply_async(scheduler.schedule["known"])
    scheduler.send_task("shop.open", countdown=10)

    assert result.id
    assert sent() == 2


def test_an_edit_that_could_not_be_read_whole_is_read_again(scheduler, monkeypatch):
    scheduler._code = SimpleNamespace(look=lambda: Version(code=1, entries=1))
    scheduler._looked_at = -LOOK
    read, tries = Scheduler._read_schedule, []

    def fails_once(self):
        tries.append(self)
        if len(tries) == 1:
            raise OSError("too many open files")
        read(self)

    monkeypatch.setattr(Scheduler, "_read_schedule", fails_once)
    with pytest.raises(OSError, match="too many"):
        scheduler._follow_code()
    assert "known" not in scheduler.schedule

    scheduler._looked_at = -LOOK
    scheduler._follow_code()

    assert "known" in scheduler.schedule
