"""One pass without a beat: what came due since the last one is decided, once."""

from datetime import timedelta

import pytest

from beat_schedule.dispatch import lease, one_pass, witness
from tests.desk import Leader, told
from tests.servers import free_port


def test_what_came_due_since_the_last_pass_is_sent_once(project):
    assert project.queued() == []

    project.let_pass(hours=1)
    done = project.told("run-due")

    due = [project.key("count"), project.key("fail")]
    assert sorted(project.queued()) == due
    assert sorted(each["entry"] for each in done.decided) == due
    assert {each["decision"] for each in done.decided} == {"sent"}
    assert project.told("run-due").decided == []
    assert sorted(project.queued()) == due


def test_a_pass_leaves_nothing_behind_that_looks_like_a_beat(project):
    sight = project.operator.look()

    assert (sight.owner, sight.beats, sight.journal) == ("", [], 0)


def test_every_decision_is_on_record_when_it_is_over(project):
    project.let_pass(hours=3)
    project("run-due")

    decided = told(project("decisions", project.key("count"), "--json"))

    assert [each["decision"] for each in decided] == ["sent", "expired"]


def test_it_says_what_it_did_or_that_nothing_was_due(project):
    assert project("run-due").stdout == "nothing was due\n"
    assert project("run-due", "-q").output == ""

    project.let_pass()
    done = project("run-due")

    assert project.key("count") in done.stdout
    assert "sent" in done.stdout
    assert "lease.taken" not in done.stderr


def test_asked_to_be_wordy_it_logs_what_it_does(project):
    project.let_pass()

    done = project("run-due", "-v")

    assert "lease.taken" in done.stderr
    assert "occurrence.sent" in done.stderr
    assert "lease.released" in done.stderr


@pytest.fixture
def somebody(redis_url):
    """A beat, or whoever else passes, of another generation."""
    return Leader(redis_url)


def test_beside_a_beat_it_says_so_and_does_no_harm(project, somebody):
    project.let_pass()
    somebody.lead("web1-7-ab", generation="of other code")
    before = project.operator.look()

    done = project("run-due")

    assert done.exit_code == 0
    assert done.stdout == "the beat web1-7-ab decides what is due: no pass was made\n"
    assert project.queued() == []
    after = project.operator.look()
    assert (after.owner, after.generation) == ("web1-7-ab", "of other code")
    assert [each.id for each in after.beats] == [each.id for each in before.beats]


def test_a_beat_that_stands_by_is_one_too(project, somebody):
    somebody.stand_by("web1-7-ab", generation="of other code")

    assert "no pass was made" in project("run-due").stdout


def test_beside_another_pass_it_leaves_it_to_that(project, somebody):
    project.let_pass()
    somebody.lead("web1-8-cd", by="ada@web1")

    done = project("run-due")

    assert done.stdout == "ada@web1 makes a pass at this moment: this one was not made\n"
    assert project.told("run-due").in_the_way == [
        {"clock": "main", "id": "web1-8-cd", "by": "ada@web1"}
    ]
    assert project.queued() == []


def test_the_lease_of_a_pass_that_was_killed_is_taken_over(project, somebody, monkeypatch):
    monkeypatch.setattr(lease, "PATIENCE", 0.3)
    project.let_pass()
    somebody.lead("web1-8-cd", by="ada@web1")
    project.redis.hdel(somebody.operator.keys.beats, "web1-8-cd")

    done = project("run-due", "-v")

    assert done.exit_code == 0
    assert "lease.taken" in done.stderr
    assert len(project.queued()) == 2


def test_without_redis_nothing_is_decided_and_the_reason_is_said(project, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    project.forget_app()

    done = project("run-due")

    assert done.exit_code == 1
    assert "cannot be reached" in done.output
    assert "Traceback" not in done.output


def test_without_the_record_nothing_is_decided_either(project, tmp_path, monkeypatch):
    project.let_pass()
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path}/no.db")
    project.forget_app()

    done = project("run-due")

    assert done.exit_code == 1
    assert "hookbeat migrate" in done.output
    assert project.queued() == []


def test_while_a_clock_is_in_doubt_nothing_is_decided(project, monkeypatch):
    project.let_pass()
    monkeypatch.setattr(one_pass, "LONGEST_WAIT", 0.5)
    monkeypatch.setattr(witness, "STRANGE", timedelta(seconds=-1))
    monkeypatch.setattr(witness.Witness, "_is_witnessed", lambda *_: False)

    done = project("run-due")

    assert done.exit_code == 1
    assert "no pass was made, what is due stays due: Redis's clock is" in done.output
    assert project.queued() == []
