"""Who leads and who stands by, as people see it."""

from datetime import timedelta

from beat_schedule.dispatch.card import UNHEARD, Card
from tests.desk import PREFIX, told


def test_without_a_beat_nobody_leads(hookbeat):
    done = hookbeat("beats")

    assert done.exit_code == 1
    assert "nobody leads: start a beat" in done.output
    assert "nothing was ever looked at" in done.output


def test_one_glance_tells_who_leads_and_who_stands_by(hookbeat, leader):
    leader.stand_by("web3-9-ef", generation="g0")
    leader.stand_by("web2-9-cd", offset=-1.5)
    leader.lead().advance()

    done = hookbeat("beats")

    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[1].startswith("web1-7-ab")
    for word in ("leads", "web1-7-ab 7", "1.0", "in force", "+0.250 s"):
        assert word in lines[1]
    assert "web2-9-cd" in lines[2]
    assert "stands by" in lines[2]
    assert "-1.500 s" in lines[2]
    assert "web1-7-ab leads since 20" in lines[-1]

    machine = told(hookbeat("beats", "--json"))
    assert machine["leader"]["id"] == "web1-7-ab"
    assert {beat["id"]: beat["role"] for beat in machine["beats"]} == {
        "web1-7-ab": "leads",
        "web2-9-cd": "stands by",
        "web3-9-ef": "stands by",
    }
    assert [beat["in_force"] for beat in machine["beats"]] == [True, True, False]
    assert machine["problems"] == []


def test_a_leader_that_looks_at_nothing_is_a_problem(hookbeat, leader):
    leader.lead(doubt="Redis's clock is +3600.0 s from where it should be")
    leader.advance(behind=timedelta(minutes=25))

    done = hookbeat("beats")

    assert done.exit_code == 1
    assert "nothing was looked at for 0:25:" in done.output
    assert "the leader decides nothing: Redis's clock is +3600.0 s" in done.output


def test_a_leader_that_has_just_begun_does_not_send_anybody_to_the_clocks(hookbeat, leader):
    leader.lead(doubt=UNHEARD)

    said = hookbeat("status").output

    assert f"the leader decides nothing: {UNHEARD} → look again in a second" in said
    assert "NTP" not in said


def test_a_leader_that_went_silent_does_not_lead(hookbeat, leader, redis_client):
    leader.lead().advance()
    beats = f"{PREFIX}hookbeat:main:beats"
    at, rest = redis_client.hget(beats, "web1-7-ab").split("|", 1)
    redis_client.hset(beats, "web1-7-ab", f"{int(at) - 20_000}|{rest}")

    done = hookbeat("beats")

    assert done.exit_code == 1
    assert "silent" in done.output
    assert "nobody leads: web1-7-ab holds the lease and does not show itself" in done.output


def test_beats_with_other_entries_than_those_in_force_cannot_lead(hookbeat, leader, redis_client):
    leader.stand_by("web1-7-ab")
    assert "the lease is free" in hookbeat("beats").output

    redis_client.hset(f"{PREFIX}hookbeat:main:generation", "current", "g2")

    assert "declare other entries than those in force" in hookbeat("beats").output


def test_a_cursor_beyond_now_is_a_problem(hookbeat, leader):
    leader.lead().advance(behind=-timedelta(hours=1))

    assert "the cursor is ahead of Redis's clock" in hookbeat("beats").output


def test_a_card_of_another_version_is_read_as_far_as_it_is_known():
    assert Card.read('{"host": "web1", "colour": "red"}') == Card(host="web1")
