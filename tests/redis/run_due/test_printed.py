"""What cron and systemd are told: it has to work where nothing of ours is known."""

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import ROOT


@pytest.fixture
def folder(project, tmp_path, monkeypatch):  # noqa: ARG001 -- it enters its own
    """A folder whose name means something to shells, cron and systemd."""
    folder = tmp_path / "100% $mine"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_the_crontab_line_calls_us_by_absolute_paths_and_sources_nothing(project, folder):
    done = project("run-due", "--inline", "--print-crontab")

    *notes, line = done.stdout.splitlines()
    assert all(note.startswith("#") for note in notes)
    assert line.startswith("*/5 * * * * ")
    # As cron hands it to the shell.
    words = shlex.split(line.removeprefix("*/5 * * * * ").replace("\\%", "%"))
    assert Path(words[0]).is_absolute()
    assert words[1:] == ["-C", str(folder), "run-due", "--quiet", "--inline"]


@pytest.mark.usefixtures("folder")
def test_the_line_works_in_a_shell_that_knows_nothing(project):
    line = project("run-due", "--print-crontab").stdout.splitlines()[-1]
    command = line.removeprefix("*/5 * * * * ").replace("\\%", "%")

    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} --help"],
        env={"PYTHONPATH": str(ROOT)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "--print-crontab" in done.stdout


@pytest.mark.parametrize(
    ("minutes", "cron", "systemd"),
    [("1", "* * * * *", "*:0/1"), ("15", "*/15 * * * *", "*:0/15"), ("60", "0 * * * *", "hourly")],
)
def test_how_often_can_be_said(project, minutes, cron, systemd):
    line = project("run-due", "--print-crontab", "--minutes", minutes).stdout.splitlines()[-1]
    units = project("run-due", "--print-systemd", "--minutes", minutes).stdout

    assert line.startswith(f"{cron} /")
    assert f"OnCalendar={systemd}\n" in units


def test_the_units_of_systemd_escape_what_it_would_read_as_its_own(project, folder):
    units = project("run-due", "--print-systemd", "--only", "a b").stdout

    [start] = [line for line in units.splitlines() if line.startswith("ExecStart=")]
    assert start.endswith(f'-C "{folder.parent}/100%% $$mine" run-due --quiet --only "a b"')
    assert "User=" in units
    assert "/etc/systemd/system/hookbeat-100-mine.service\n" in units
    assert "WantedBy=timers.target" in units


def test_it_names_what_is_set_here_and_would_be_unknown_there_but_no_value(project, redis_url):
    for timer in ("--print-crontab", "--print-systemd"):
        printed = project("run-due", timer).stdout

        assert "HOOKBEAT_REDIS_URL" in printed
        assert redis_url not in printed


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--print-crontab", "--print-systemd"], "not both"),
        (["--print-systemd", "--all"], "a timer makes passes"),
        (["--print-crontab", "--only", "x", "--force"], "a timer makes passes"),
    ],
)
def test_what_no_one_timer_can_do_is_misuse(project, words, complaint):
    done = project("run-due", *words)

    assert (done.exit_code, done.stdout) == (2, "")
    assert complaint in done.stderr
