"""Pausing, skipping and resuming from the command line."""

from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule.decisions import Decision, Hold, HoldKind
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.journal import Journal
from tests.desk import PREFIX, last_hour, told
from tests.servers import wait_until


def test_what_is_paused_is_skipped_with_who_and_why(hookbeat, leader, count, name):
    leader.lead().look_at(count)

    done = hookbeat("pause", f"{name}_tasks.count", "--by", "ada", "--why", "deploy")

    assert done.exit_code == 0, done.output
    assert f"{count} is paused by ada since" in done.output
    assert f"let it go: hookbeat resume {count}" in done.output
    line = leader.decide(count, leader.operator.now())
    assert (line.decision, line.reason) == (Decision.SKIPPED, "paused by ada: deploy")


def test_what_is_resumed_is_sent_again_but_for_what_was_due_meanwhile(hookbeat, leader, count):
    leader.lead().look_at(count)
    hookbeat("pause", count, "--by", "ada", "--why", "deploy")
    meanwhile = leader.operator.now()

    done = hookbeat("resume", count, "--by", "bob")

    assert done.exit_code == 0, done.output
    assert "goes on" in done.output
    assert leader.decide(count, meanwhile).reason == "paused by ada: deploy; resumed by bob"
    later = leader.operator.now() + timedelta(milliseconds=2)
    wait_until(lambda: leader.operator.now() > later)
    assert leader.decide(count, later).decision is Decision.SENT


def test_what_people_hold_and_let_go_is_on_record_before_the_leader_has_read_of_it(
    hookbeat, count, sqlite_url
):
    engine = make_engine(sqlite_url)
    record = Journal(make_sessions(engine))
    hookbeat("pause", "--by", "ada", count)
    (paused,) = record.holds()

    hookbeat("resume", "--by", "bob", count)

    (resumed,) = record.holds()
    engine.dispose()
    assert (paused.target, paused.until) == (count, None)
    assert resumed.until is not None


def test_a_pause_may_end_by_itself(hookbeat, leader, count):
    leader.lead().look_at(count)

    held = told(hookbeat("pause", count, "--for", "2h", "--json"))

    span = datetime.fromisoformat(held["until"]) - datetime.fromisoformat(held["since"])
    assert span == timedelta(hours=2)
    assert told(hookbeat("pause", count, "--until", "2999-01-01", "--json"))["until"] == (
        "2999-01-01T00:00:00+00:00"
    )


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--for", "2h", "--until", "2999-01-01"], "not both"),
        (["--for", "soon"], "it is no interval"),
        # Of a variable that is not set; without an end it would be held for ever.
        (["--for", ""], "it is no interval"),
        (["--until", ""], "is neither a date nor a time"),
        (["--until", "soon"], "is neither a date nor a time"),
        (["--until", "2020-01-01"], "is past: by Redis's clock it is 20"),
    ],
)
def test_an_end_that_makes_no_sense_is_misuse(hookbeat, count, words, complaint):
    done = hookbeat("pause", count, *words)

    assert done.exit_code == 2
    assert complaint in done.output
    assert told(hookbeat("scheduler", "status", "--json"))["holds"] == []


def test_who_is_the_user_of_the_machine_unless_said(hookbeat, count):
    assert "@" in told(hookbeat("pause", count, "--json"))["by"]


def test_an_unknown_entry_is_told_with_a_suggestion(hookbeat, name):
    done = hookbeat("pause", f"{name}_tasks.cuont")

    assert done.exit_code == 1
    assert f"did you mean '{name}_tasks.count'" in done.output


def test_an_entry_that_only_the_beat_declares_can_be_paused(hookbeat, leader):
    leader.lead().look_at("guest")

    assert hookbeat("pause", "guest").exit_code == 0
    assert "pause guest --until TIME" in hookbeat("skip", "guest").output


def test_the_next_due_time_alone_is_skipped(hookbeat, leader, count):
    next_hour = last_hour() + timedelta(hours=1)
    leader.lead().look_at(count)

    done = hookbeat("skip", count, "--by", "ada")

    assert done.exit_code == 0, done.output
    assert f"skipped: {count} due {next_hour:%Y-%m-%d %H}:00:00Z" in done.output
    [hold] = leader.operator.look().holds
    assert (hold.kind, hold.until) == (HoldKind.SKIP, next_hour)
    assert leader.decide(count, leader.operator.now()).reason == "skipped by ada"
    assert hookbeat("skip", count).output.startswith("already skipped")
    assert leader.operator.look().holds == [hold]


def test_what_is_sent_later_is_skipped_until_then(hookbeat, leader, name):
    entry = f"{name}_tasks.tidy@daily_maintenance"

    skipped = told(hookbeat("skip", entry, "--json"))

    due_at = datetime.fromisoformat(skipped["due_at"])
    assert due_at.time() == datetime(2026, 1, 1, tzinfo=UTC).time()
    until = datetime.fromisoformat(skipped["hold"]["until"])
    assert timedelta(0) <= until - due_at < timedelta(hours=4)
    assert until > leader.operator.now()


def test_a_skip_also_holds_what_is_late_and_says_so(hookbeat, leader, count, redis_client):
    now = leader.operator.now()
    long_ago = int((now - timedelta(hours=3)).timestamp() * 1000)
    redis_client.hset(f"{PREFIX}hookbeat:main:last", count, long_ago)

    assert "with it all that is late since" in hookbeat("skip", count).output


def test_a_skip_can_be_taken_back(hookbeat, leader, count):
    leader.lead().look_at(count)
    hookbeat("skip", count)

    hookbeat("resume", count)

    assert leader.decide(count, leader.operator.now()).decision is Decision.SENT


def test_a_short_pause_does_not_take_a_skip_away(hookbeat, count):
    until = told(hookbeat("skip", count, "--json"))["hold"]["until"]

    assert told(hookbeat("pause", count, "--for", "1s", "--json"))["until"] == until


def test_what_is_paused_needs_no_skip(hookbeat, count):
    hookbeat("pause", count, "--by", "ada")

    done = hookbeat("skip", count)

    assert done.exit_code == 1
    assert "is paused by ada" in done.output


@pytest.mark.parametrize("words", [["pause"], ["resume"], ["skip"]])
def test_what_is_disabled_is_no_pause(hookbeat, leader, count, words):
    held = Hold(
        target=count,
        kind=HoldKind.DISABLED,
        since=leader.operator.now(),
        until=None,
        by="eve",
        why="broken",
        version=0,
    )
    leader.operator.hold(held)

    done = hookbeat(*words, count)

    assert done.exit_code == 1
    assert "is disabled by eve: broken" in done.output


def test_what_nothing_holds_can_be_resumed(hookbeat, count):
    done = hookbeat("resume", count)

    assert (done.exit_code, done.output) == (0, f"nothing held {count}\n")


@pytest.mark.parametrize("words", [["pause"], ["skip"], ["scheduler", "pause"]])
def test_one_word_asks_why_and_the_one_it_was_before_still_does(hookbeat, count, words):
    if words[0] != "scheduler":
        words = [*words, count]

    said = hookbeat(*words, "--reason", "deploy", "--json")

    assert '"why": "deploy"' in said.stdout
    shown = hookbeat(*words, "--help").output
    assert "--why TEXT" in shown
    assert "--reason" not in shown
