"""What somebody finds here who comes from CiviCRM's scheduled jobs, without what went wrong."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule import Settings
from beat_schedule.translate import load, periodic_entries
from tests.beat_house import Beat
from tests.project import Project

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

CHECK = "CiviCRM update check"
CLEANUP = "Clean-up temporary Data and files"
MAILINGS = "Send Scheduled Mailings"


def hooks(**options: object) -> str:
    """The clean-up alone, hourly, with these options."""
    job = {"task": "civicrm.jobs.cleanup", "name": CLEANUP, **options}
    return f'scheduler_events = {{"hourly": [{job!r}], "daily": ["civicrm.jobs.version_check"]}}'


@pytest.fixture
def start(site: Project, beat: Beat):
    """A beat with the jobs of the site, from a second before noon on."""

    def start():
        site.forget()
        translation = load(Settings(hooks=("civicrm.hooks",)))
        leader = beat.start(**periodic_entries(translation.entries))
        leader.make()
        return leader

    return start


def queued(redis_client):
    texts = redis_client.lrange("default", 0, -1)
    return [json.loads(text)["headers"]["hookbeat_entry"] for text in texts]


def test_the_documents_jobs_run_and_their_journal_says_how_it_went(site: Project):
    """`Vous pouvez vérifier le bon déroulement`; there, the journal had texts and no status."""
    for name in (CHECK, CLEANUP, MAILINGS):
        site.done("run", name, "--inline")

    runs = {run["entry"]: run for run in site.told("runs")}
    assert {name: run["counts"] for name, run in runs.items()} == {
        CHECK: {"checked": 1},
        CLEANUP: {"removed": 3},
        MAILINGS: {"sent": 12},
    }
    for run in runs.values():
        assert (run["outcome"], run["trigger"]) == ("succeeded", "manual")
        assert run["started_at"] <= run["finished_at"]
    assert "files older than 7 days" in site.done("logs", runs[CLEANUP]["id"])


@pytest.mark.parametrize(
    "parameters",
    [
        'days=30\nkinds=["images", "exports"]',
        '# older than\n  days = 30\n\nkinds = ["images", "exports"]\n',
        '{"days": 30, "kinds": ["images", "exports"]}',
    ],
)
def test_parameters_are_lines_or_json(site: Project, parameters):
    site.write("civicrm/hooks.py", hooks(kwargs=parameters))

    said = site.done("run", CLEANUP, "--inline")

    assert "files older than 30 days of images exports" in said


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ("days=a month", "civicrm.jobs.cleanup asks for int as days: 'a month' is none"),
        ("days 30", "line 1 of kwargs is 'days 30'"),
        ('{"days": 30,}', "kwargs is not JSON"),
        ("version=3\ndays=30", "unexpected keyword argument 'version'"),
    ],
)
def test_bad_parameters_are_told_before_anything_runs_and_stop_no_other_job(
    site: Project, parameters, complaint
):
    """There, they left the list empty: the job failed for another reason, which nobody saw."""
    site.write("civicrm/hooks.py", hooks(kwargs=parameters))

    done = site.run("check")

    assert done.exit_code == 1
    assert complaint in done.output
    assert site.done("run", "civicrm.jobs.version_check", "--inline").startswith("succeeded")


def test_the_clean_up_and_the_update_check_are_there_for_anybodys_hooks(site: Project):
    site.write(
        "civicrm/hooks.py",
        f"""
        chores = "beat_schedule.housekeeping"
        scheduler_events = {{
            "hourly": {{
                "task": f"{{chores}}.remove_old_files", "name": "{CLEANUP}",
                "kwargs": "folder=tmp\\nolder_than=7d",
            }},
            "daily": {{
                "task": f"{{chores}}.check_version", "name": "{CHECK}",
                "kwargs": "index=https://packages.example.org/pypi",
            }},
        }}
        """,
    )
    (site.folder / "tmp").mkdir()
    (site.folder / "tmp/new").write_text("")

    assert "2 entries, no problems" in site.done("check")
    assert "removed 0, bytes 0, failed 0" in site.done("run", CLEANUP, "--inline")
    assert (site.folder / "tmp/new").exists()


def test_a_job_does_not_run_before_its_date_and_then_by_the_calendar(site: Project, start, beat):
    """`Do not run this job before`; there, daily jobs then crept later every day."""
    site.write("civicrm/hooks.py", hooks(not_before="2026-05-04T14:00"))
    leader = start()
    for _ in range(4):
        beat.clock.advance(HOUR + 5 * SECOND)
        leader.make()

    sent = [due_at for entry, due_at in beat.sent("default") if entry == CLEANUP]
    assert sent[0] == NOON + 2 * HOUR
    assert all(due_at.minute == due_at.second == 0 for due_at in sent)


def test_outside_of_production_only_runs_what_says_so(site: Project):
    """There, too: but the parameter for it was one more that a job had to know how to take."""
    site.set(production_guard="true", environment="staging")
    site.write("civicrm/hooks.py", hooks(environments=["production", "staging"]))

    assert site.done("run", CLEANUP, "--inline").startswith("files")
    refused = site.run("run", "civicrm.jobs.version_check", "--inline")

    assert refused.exit_code == 1
    why = "outside of production only entries run that name it, this is staging"
    assert f"skipped\n{why}" in refused.output
    assert why in site.done("list")
    status = site.done("scheduler", "status")
    assert "1 of 2 entries do not run in staging: the production guard is on" in status
    forced = site.done("run", "civicrm.jobs.version_check", "--inline", "--force")
    assert forced.startswith("succeeded")
    site.set(environment="production")
    assert site.done("run", "civicrm.jobs.version_check", "--inline").startswith("succeeded")


def test_in_maintenance_only_runs_what_goes_on_even_then(site: Project, redis_client):
    site.write("civicrm/hooks.py", hooks(even_in_maintenance=True))
    said = site.done("maintenance", "on", "--why", "upgrade")
    assert f"goes on: {CLEANUP}\n" in said

    assert site.run("run", "--all").exit_code == 1

    assert queued(redis_client) == [CLEANUP]
    held = site.run("run", "civicrm.jobs.version_check", "--inline")
    assert "maintenance since" in held.output
    assert site.done("run", CLEANUP, "--inline")
    site.done("maintenance", "off")
    assert site.done("run", "civicrm.jobs.version_check", "--inline").startswith("succeeded")


def test_one_job_or_all_are_run_now_by_a_worker_and_never_here(site: Project, redis_client):
    """There, inside of a web request, which ends when the web server has had enough."""
    site.done("run", MAILINGS)
    assert queued(redis_client) == [MAILINGS]
    redis_client.flushall()

    said = site.done("run", "--all")

    assert sorted(queued(redis_client)) == [CHECK, CLEANUP, MAILINGS]
    assert f"{CHECK}: sent: run" in said
    assert {(run["state"], run["attempt"]) for run in site.told("runs")} == {("waiting", 0)}


def test_a_job_that_fails_stops_none_of_those_after_it(site: Project):
    """There, one that died stopped every job after it in the alphabet, at every run of cron."""
    site.write(
        "civicrm/hooks.py",
        """
        scheduler_events = {
            "daily": ["civicrm.bad.job", "civicrm.jobs.version_check"],
        }
        """,
    )
    site.write("civicrm/bad.py", "def job():\n    raise MemoryError('no more')\n")

    done = site.run("run", "--all", "--inline")

    assert done.exit_code == 1
    assert "civicrm.bad.job@daily: failed" in done.output
    assert "MemoryError: no more" in done.output
    assert "civicrm.jobs.version_check@daily: succeeded" in done.output


def test_a_job_that_somebody_paused_stays_so_when_a_new_version_is_deployed(
    site: Project, start, beat
):
    """There, an upgrade switched jobs on again that an administrator had switched off."""
    site.set(prefix="test:")
    start()
    site.done("pause", CLEANUP, "--by", "ada", "--why", "disk is broken")
    site.write("civicrm/hooks.py", hooks(description="a new version", timeout="10m"))

    leader = start()
    beat.clock.advance(HOUR)
    leader.make()

    assert CLEANUP not in [entry for entry, _ in beat.sent("default")]
    reasons = {line["reason"] for line in beat.journal() if line.get("entry") == CLEANUP}
    assert "paused by ada: disk is broken" in reasons
