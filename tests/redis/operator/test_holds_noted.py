"""Who held what, who let it go, and why: in the audit table, whatever a hold says now."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from beat_schedule import actions, remote
from beat_schedule.apps import app_named
from beat_schedule.store.asking import asked
from beat_schedule.store.audit import noted
from beat_schedule.store.engine import make_engine, make_sessions


@pytest.fixture
def audit(sqlite_url):
    """What was noted, oldest first."""
    engine = make_engine(sqlite_url)
    sessions = make_sessions(engine)

    def audit():
        with asked(sessions) as session:
            return noted(session)[::-1]

    yield audit
    engine.dispose()


def test_every_change_of_a_hold_is_noted_with_who_and_why(hookbeat, audit, count):
    hookbeat("pause", count, "--by", "ada", "--why", "deploy")
    hookbeat("resume", count, "--by", "bob")
    hookbeat("skip", count, "--by", "eve")
    hookbeat("scheduler", "pause", "--by", "ada")
    hookbeat("scheduler", "disable", "--by", "bob", "--why", "moved")
    hookbeat("scheduler", "enable", "--by", "ada")
    hookbeat("maintenance", "on", "--by", "eve", "--why", "migration")
    hookbeat("maintenance", "off", "--by", "ada")

    done = [(each.who, each.action, each.target, each.by) for each in audit()]

    assert done == [
        ("ada", "pause", count, "cli"),
        ("bob", "resume", count, "cli"),
        ("eve", "skip", count, "cli"),
        ("ada", "pause", "*", "cli"),
        ("bob", "disable", "*", "cli"),
        ("ada", "enable", "*", "cli"),
        ("eve", "maintenance on", "*", "cli"),
        ("ada", "maintenance off", "*", "cli"),
    ]


def test_a_note_says_what_stood_before_and_what_stands_now(hookbeat, audit):
    hookbeat("scheduler", "pause", "--by", "ada", "--why", "deploy", "--for", "2h")
    hookbeat("scheduler", "disable", "--by", "bob", "--why", "moved")

    paused, disabled = audit()

    assert (paused.before, paused.after["kind"], paused.why) == (None, "paused", "deploy")
    assert disabled.before == paused.after
    assert disabled.after["until"] is None
    assert disabled.why == "moved"


def test_what_is_refused_or_changes_nothing_is_not_noted(hookbeat, audit, count):
    hookbeat("scheduler", "disable")
    hookbeat("scheduler", "resume")
    hookbeat("resume", count)

    assert [each.action for each in audit()] == ["disable"]


def test_it_is_noted_by_what_way_it_was_done(hookbeat, audit, count, name):
    assert hookbeat("migrate").exit_code == 0
    app = app_named(f"{name}_app")
    worker = SimpleNamespace(app=app, hostname="one@here")

    remote.pause(worker, count, why="deploy")
    remote.resume(worker, count, by="ada")
    with actions.desk_of(app) as desk:
        desk.disable(count, by="bob", why="moved")

    assert [(each.action, each.by, each.who) for each in audit()] == [
        ("pause", "control", "celery control"),
        ("resume", "control", "ada"),
        ("disable", "api", "bob"),
    ]


def test_it_is_noted_who_set_the_cursor_back_from_where_to_where(hookbeat, audit, leader, count):
    leader.lead().look_at(count)
    leader.advance()
    stood = leader.operator.look().cursor
    back = (stood - timedelta(hours=2)).isoformat()

    hookbeat("cursor", "--reset", back, input="n\n")
    hookbeat("cursor", "--reset", back, "--yes", "--by", "ada", "--why", "Redis lost an hour")

    [noted] = audit()
    assert (noted.action, noted.target, noted.by) == ("cursor reset", "*", "cli")
    assert (noted.who, noted.why) == ("ada", "Redis lost an hour")
    assert noted.before == {"cursor": stood.isoformat()}
    assert noted.after == {"cursor": back, "entries": 1}
