"""The part of CiviCRM's document about cron: `job.execute` is `hookbeat run-due --inline` here."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.project import Project

CHECK = "CiviCRM update check"
CLEANUP = "Clean-up temporary Data and files"
MAILINGS = "Send Scheduled Mailings"

#: `lancer job.execute toutes les 5 minutes`.
EVERY_FIVE_MINUTES = "*/5 * * * * "


@pytest.fixture
def cron(site: Project, redis_url, redis_client):  # noqa: ARG001 -- an empty Redis
    """What cron starts; `cron.after(hours=…)` starts it so long after it did last."""
    return Cron(site)


class Cron:
    def __init__(self, site: Project) -> None:
        self.site = site

    def __call__(self) -> dict[str, str]:
        """How the jobs ended that this call ran."""
        return {run["entry"]: run["outcome"] for run in self.told()["runs"]}

    def told(self):
        return self.site.told("run-due", "--inline")

    def after(self, **span: float) -> dict[str, str]:
        self.pause(**span)
        return self()

    def pause(self, **span: float) -> None:
        """Time without cron, as if it had just passed."""
        back = datetime.fromisoformat(self.site.told("cursor")["now"]) - timedelta(**span)
        self.site.done("cursor", "--reset", back.isoformat(), "--yes")


@pytest.mark.usefixtures("redis_client")
def test_it_is_tried_by_hand_and_what_it_did_is_listed(site: Project):
    """`Tester le lancement manuel`: `Normalement les taches s'exécutent et sont listées`."""
    first = site.done("run-due", "--inline")

    assert f"succeeded: {MAILINGS} in " in first
    [listed] = site.told("runs")
    assert (listed["entry"], listed["outcome"], listed["counts"]) == (
        MAILINGS,
        "succeeded",
        {"sent": 12},
    )


def test_the_line_for_cron_is_written_for_this_machine(site: Project):
    """`ajouter la ligne suivante`; there, with four places in it to replace by hand."""
    line = site.done("run-due", "--inline", "--print-crontab").splitlines()[-1]

    assert line.startswith(EVERY_FIVE_MINUTES + "/")
    assert f"-C {site.folder} run-due" in line
    assert "source" not in line


def test_always_is_each_time_that_cron_calls_and_the_others_when_they_are_due(cron):
    """`Always, c'est à dire à chaque fois que job.execute est lancé`."""
    assert cron() == {MAILINGS: "succeeded"}
    assert cron() == {MAILINGS: "succeeded"}

    assert cron.after(days=1) == dict.fromkeys([MAILINGS, CLEANUP, CHECK], "succeeded")
    assert cron() == {MAILINGS: "succeeded"}


def test_a_job_is_for_the_hour_and_creeps_no_later_however_late_cron_calls(site: Project, cron):
    """There, a daily job came some seconds later each day, until a day had none."""
    cron()
    cron.after(hours=1)

    [cleanup] = [run for run in site.told("runs") if run["entry"] == CLEANUP]
    due = datetime.fromisoformat(cleanup["due_at"]).astimezone(UTC)
    assert (due.minute, due.second, due.microsecond) == (0, 0, 0)


def test_a_night_without_cron_is_made_up_for_by_one_run(site: Project, cron):
    cron()

    assert cron.after(days=3)[CHECK] == "succeeded"
    assert CHECK not in cron()
    decided = site.told("decisions", CHECK)
    assert decided[0]["decision"] == "sent"
    assert sum(each["count"] for each in decided) == 3


def test_one_job_that_dies_stops_none_at_no_call(site: Project, cron):
    """There, it stopped every job after it in the alphabet, at every call."""
    cron()
    site.write("civicrm/jobs.py", JOBS_OF_WHICH_ONE_DIES)

    done = cron.after(hours=1)

    assert done == {CLEANUP: "failed", MAILINGS: "succeeded"}
    assert site.run("run-due", "--inline").exit_code == 0


def test_the_status_of_the_system_says_that_cron_does_not_call_any_more(site: Project, cron):
    """`checkLastCron`: fine for an hour, a warning after that, an error after a day."""
    levels = [site.told("scheduler", "status")["health"]["level"]]
    cron()
    levels.append(site.told("scheduler", "status")["health"]["level"])
    for hours in (1, 24):
        cron.pause(hours=hours)
        levels.append(site.told("scheduler", "status")["health"]["level"])

    assert levels == ["notice", "ok", "warning", "error"]


JOBS_OF_WHICH_ONE_DIES = """
import sys

def version_check(): ...

def cleanup(days: int = 7, kinds: list[str] = ()):
    sys.exit(1)

def process_mailing(): ...
"""
