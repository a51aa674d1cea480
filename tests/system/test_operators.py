"""What people do to beats that run: hold them, look at them, set them back."""

import json
from datetime import datetime, timedelta
from itertools import pairwise

SECOND = timedelta(seconds=1)
ENTRY = "jobs.trace@every:1s"


def told(installation, *words):
    done = installation.run("hookbeat", *words, "--json", check=False)
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout)


def decisions(installation):
    """What is on record, the oldest first."""
    return told(installation, "decisions", ENTRY, "--limit", "1000")[::-1]


def gaps_and_doubles(decided):
    """Seconds between neighbouring rows that are not one, whatever was decided."""
    steps = [
        datetime.fromisoformat(later["first_due_at"]) - datetime.fromisoformat(row["last_due_at"])
        for row, later in pairwise(decided)
    ]
    return [step for step in steps if step != SECOND]


def test_a_pause_holds_at_once_and_every_due_time_says_so(installation, wait_until):
    installation.start_worker()
    installation.start_beat()
    wait_until(lambda: len(installation.ran()) >= 2, within=60)

    installation.run("hookbeat", "pause", ENTRY, "--by", "ada", "--why", "deploy")
    last_sent = installation.client().hget("hookbeat:main:last", ENTRY)
    wait_until(
        lambda: (
            int(installation.client().hget("hookbeat:main:last", ENTRY)) >= int(last_sent) + 3000
        )
    )
    refused = installation.run("hookbeat", "run", ENTRY, check=False)
    installation.run("hookbeat", "resume", ENTRY, "--by", "bob")
    seen = len(installation.ran())
    wait_until(lambda: len(installation.ran()) >= seen + 2)

    assert refused.returncode == 1
    assert "is paused by ada" in refused.stdout
    wait_until(lambda: decisions(installation)[-1]["decision"] == "sent")
    # First what ran: whatever runs while we ask is decided by then.
    ran = set(installation.ran())
    decided = decisions(installation)
    paused = [row for row in decided if row["reason"].startswith("paused by ada: deploy")]
    assert sum(row["count"] for row in paused) >= 3
    assert gaps_and_doubles(decided) == []
    sent = {row["first_due_at"] for row in decided if row["decision"] == "sent"}
    assert ran <= sent


def test_one_glance_tells_who_leads_until_it_hands_over(installation, wait_until):
    one, other = installation.start_beat(), installation.start_beat()
    wait_until(lambda: len(told(installation, "beats")["beats"]) == 2, within=60)
    wait_until(lambda: told(installation, "beats")["problems"] == [], within=30)
    before = told(installation, "beats")
    assert sorted(beat["role"] for beat in before["beats"]) == ["leads", "stands by"]
    assert all(beat["in_force"] and abs(beat["offset"]) < 3 for beat in before["beats"])

    leader = next(each for each in (one, other) if "lease.taken" in each.said)
    leader.stop()

    after = wait_until(lambda: told(installation, "beats")["leader"])
    assert after["id"] != before["leader"]["id"]
    assert after["term"] > before["leader"]["term"]
    assert installation.run("hookbeat", "beats").returncode == 0


def test_a_cursor_set_back_decides_again_and_runs_nothing_twice(installation, wait_until):
    installation.start_worker()
    beat = installation.start_beat()
    wait_until(lambda: len(installation.ran()) >= 5, within=60)

    second = sorted(installation.ran())[1]
    done = installation.run("hookbeat", "cursor", "--reset", second, "--yes")
    assert "entries set back: 1" in done.stdout

    seen = len(installation.ran())
    wait_until(lambda: len(installation.ran()) >= seen + 3, within=30)
    assert len(set(installation.ran())) == len(installation.ran())
    assert beat.said.count("lease.taken") == 2
    assert told(installation, "cursor")["problems"] == []
