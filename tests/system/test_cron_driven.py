"""Installations without a beat and without a worker: cron starts `hookbeat run-due --inline`."""

import json
import os
import pwd
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from beat_schedule.clock import SystemClock
from tests.system.installation import ROOT, Installation

HOOKS = 'scheduler_events = {"always": ["jobs.trace"]}\n'
KEY = "jobs.trace@always"


#: Never ends, the first time.
HANGS_ONCE = """
    import threading
    from pathlib import Path

    def hang_once():
        if not Path("began").exists():
            Path("began").touch()
            threading.Event().wait()

    def trace():
        Path("ran").open("a").write("x ")
"""


class CronDriven(Installation):
    """One that shares its machine and its Redis; `cron` starts what a crontab says, elsewhere."""

    def cron(self, *words: str, check: bool = True) -> str:
        command = ["hookbeat", "-C", str(self.folder), "run-due", *words]
        return self.run("env", "-C", "/", *command, check=check).stdout


@pytest.fixture
def share(tmp_path, redis_url, redis_client) -> Iterator:  # noqa: ARG001 -- an empty Redis
    """Makes installations on one Redis, each with a record and a prefix of its own."""
    made = []

    def share(name: str) -> CronDriven:
        (tmp_path / name).mkdir()
        one = CronDriven(tmp_path / name, HOOKBEAT_REDIS_URL=redis_url)
        one.environ |= {"PYTHONPATH": str(ROOT)}
        one.write("hooks.py", HOOKS)
        one.write("pyproject.toml", f'[tool.hookbeat]\nprefix = "{name}:"\n')
        one.run("hookbeat", "migrate")
        made.append(one)
        return one

    yield share
    for one in made:
        one.close()


@pytest.fixture
def share_known(share, wait_until):
    """The same, each of which has run its task once.

    On a machine that is very busy a pass comes to know an entry when it was due already.
    """

    def share_known(name: str) -> CronDriven:
        one = share(name)
        wait_until(lambda: one.cron("--inline") and one.ran(), within=60)
        return one

    return share_known


def test_two_installations_share_a_machine_and_a_redis(share_known):
    library = share_known("library")
    museum = share_known("museum")
    assert (len(library.ran()), len(museum.ran())) == (1, 1)

    library.cron("--inline")

    assert (len(library.ran()), len(museum.ran())) == (2, 1)
    assert [run["entry"] for run in library.runs()] == [KEY] * 2
    assert [run["entry"] for run in museum.runs()] == [KEY]


def test_what_holds_one_installation_holds_no_other(share_known):
    library, museum = share_known("library"), share_known("museum")

    library.run("hookbeat", "scheduler", "pause", "--why", "stocktaking")
    library.cron("--inline")
    museum.cron("--inline")

    assert (len(library.ran()), len(museum.ran())) == (1, 2)


def test_two_passes_at_once_run_nothing_twice(share):
    library = share("library")
    library.write("hooks.py", 'scheduler_events = {"hourly": ["jobs.trace"]}\n')
    library.cron()
    an_hour_ago = SystemClock().now() - timedelta(hours=1)
    library.run("hookbeat", "cursor", "--reset", an_hour_ago.isoformat(), "--yes")

    command = ["hookbeat", "run-due", "--inline"]
    passes = [library.start(*command) for _ in range(3)]

    for each in passes:
        assert each.end() == 0, each.said
    assert len(library.ran()) == 1
    assert len(library.runs()) == 1


def test_beside_a_beat_a_pass_is_not_made_and_when_it_is_stopped_one_is(share, wait_until):
    library = share("library")
    beat = library.start_beat()
    wait_until(lambda: "lease.taken" in beat.said, within=30)

    said = library.cron("--inline")
    assert "decides what is due: no pass was made" in said
    assert library.ran() == []

    beat.stop()
    # By another schedule than the beat's: a busy machine may need a second pass.
    wait_until(lambda: "succeeded: " in library.cron("--inline"), within=60)
    assert len(library.ran()) == 1


def test_a_pass_that_is_killed_in_a_run_is_made_up_for_by_the_next(share, wait_until):
    library = share("library")
    library.write("hooks.py", 'scheduler_events = {"hourly": ["jobs.hang_once", "jobs.trace"]}\n')
    library.write("jobs.py", HANGS_ONCE)
    library.cron()
    an_hour_ago = SystemClock().now() - timedelta(hours=1)
    library.run("hookbeat", "cursor", "--reset", an_hour_ago.isoformat(), "--yes")
    killed = library.start("hookbeat", "run-due", "--inline")
    wait_until((library.folder / "began").exists, within=30)

    killed.kill()
    said = library.cron("--inline")

    assert "succeeded: jobs.hang_once@hourly" in said
    [run] = library.runs("--entry", "jobs.hang_once")
    assert (run["outcome"], run["attempt"], run["lost_count"]) == ("succeeded", 2, 1)
    assert len(library.ran()) <= 1


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of this machine may work in; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="hookbeat-cron-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.usefixtures("redis_client")
def test_the_record_says_which_user_of_the_system_passed(
    open_folder, postgres_url, redis_url, wait_until
):
    site = Installation(
        open_folder,
        HOOKBEAT_REDIS_URL=redis_url,
        HOOKBEAT_DATABASE_URL=postgres_url,
        PYTHONPATH=str(ROOT),
    )
    site.write("hooks.py", 'scheduler_events = {"always": ["jobs.look"]}\n')
    site.write("jobs.py", "import os\n\ndef look(context):\n    context.report(uid=os.geteuid())\n")
    # Whoever may not become others tries it as himself, twice.
    me = pwd.getpwuid(os.geteuid())
    users = [pwd.getpwnam(name) for name in ("daemon", "nobody")] if me.pw_uid == 0 else [me, me]
    as_user = [sys.executable, str(ROOT / "tests/system/as_user.py")]

    passed, ran = [], []

    def passes(user: pwd.struct_passwd) -> bool:
        site.run(*as_user, user.pw_name, "run-due", "--inline")
        return len(site.runs()) > len(ran)

    for user in users:
        wait_until(partial(passes, user), within=60)
        passed.append(json.loads(site.run("hookbeat", "scheduler", "status", "--json").stdout))
        ran.append(site.runs()[0]["counts"]["uid"])

    assert ran == [user.pw_uid for user in users]
    assert [each["passed"]["who"].partition("@")[0] for each in passed] == [
        user.pw_name for user in users
    ]
    assert {each["passed"]["by"] for each in passed} == {"run-due"}
    site.close()
