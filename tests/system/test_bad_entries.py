"""A bad entry of each kind: the others run, and check, log and record show what is wrong."""

import json

import pytest

from tests.system.installation import Installation

HOOKS = """
    trace = {"task": "jobs.trace", "overlap": "allow", "catch_up": "all"}
    scheduler_events = {
        "every": {"1s": [trace], "often": ["jobs.trace"]},
        "cron": {"61 * * * *": ["jobs.trace"]},
        "dayly": ["jobs.trace"],
        "daily": [
            "jobs.vanished",
            "broken.run",
            {"task": "jobs.trace", "qeue": "long"},
            {"task": "jobs.trace", "name": "again", "formerly": "again"},
        ],
    }
"""

CLASS = """
    from beat_schedule import Task


    class Never(Task):
        run_every = "daily"

        def handle(self):
            pass
"""

CLOCK = """
    from beat_schedule.clocks import scheduler
    from jobs import trace

    scheduler.add_job(trace, "cron", id="pull", minute="/10")
"""

#: Part of the place of each, and of what is said of it.
WRONG = {
    "scheduler_events['every']['often']": "often",
    "scheduler_events['cron']['61 * * * *']": "61",
    "scheduler_events['dayly']": "unknown event 'dayly'",
    "scheduler_events['daily'][0]": "has no 'vanished'",
    "scheduler_events['daily'][1]": "ValueError: not today",
    "scheduler_events['daily'][2]['qeue']": "unknown option 'qeue'",
    "scheduler_events['daily'][3]['formerly']": "is its own key",
    "never.py": "daily",
    "bad_clock.py": "/10",
    "ruined.py": "SyntaxError",
}


@pytest.fixture
def house(tmp_path):
    house = Installation(tmp_path, HOOKBEAT_AUTOLOAD="app")
    (tmp_path / "app").mkdir()
    house.write("hooks.py", HOOKS)
    house.write("broken.py", "raise ValueError('not today')\n")
    house.write("app/never.py", CLASS)
    house.write("app/bad_clock.py", CLOCK)
    house.write("app/ruined.py", "def half(:\n")
    house.run("hookbeat", "migrate")
    house.redis.start()
    yield house
    house.close()


def missing(told):
    """What is not told by any of these pairs of place and words."""
    return {
        place: words
        for place, words in WRONG.items()
        if not any(place in where and words in said for where, said in told)
    }


def incidents(house):
    told = house.run("hookbeat", "incidents", "--json", "--limit", "100", check=False)
    return [
        (each["entry"], each["reason"])
        for each in json.loads(told.stdout)
        if each["kind"] == "left out"
    ]


def test_the_others_run_and_what_is_wrong_is_checked_logged_and_on_record(house, wait_until):
    beat, worker = house.start_beat(), house.start_worker()
    wait_until(lambda: len(house.ran()) >= 3, within=60)

    checked = house.run("hookbeat", "check", "--json", check=False)
    problems = [(each["place"], each["reason"]) for each in json.loads(checked.stdout)["problems"]]
    assert missing(problems) == {}
    assert checked.returncode == 1
    for process in (beat, worker):
        lines = [line for line in process.said.splitlines() if '"entry.left_out"' in line]
        logged = [(line["place"], line["reason"]) for line in map(json.loads, lines)]
        assert missing(logged) == {}
    wait_until(lambda: missing(incidents(house)) == {}, within=60)

    house.write("hooks.py", HOOKS.replace('"dayly"', '"weekly"'))

    mended = "scheduler_events['dayly']"
    wait_until(lambda: not any(mended in place for place, _ in incidents(house)), within=60)
    assert missing(incidents(house)).keys() == {mended}
