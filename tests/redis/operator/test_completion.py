"""`hookbeat completion`: a shell completes what people would have to look up."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from beat_schedule.cli import main
from beat_schedule.features import Toggle
from beat_schedule.store.features import sync
from beat_schedule.store.models import RunState
from tests.recorded import NOON, a_run, keep
from tests.servers import free_port

CRON = """
print("imported")
scheduler_events = {
    "cron": {"15 18 * * mon-fri": ["NAME_tasks.tidy"]},
    "every": {"90s": ["NAME_tasks.count"]},
}
"""


@pytest.fixture
def offered(hookbeat):  # noqa: ARG001 -- its environment
    """What is offered for the last word of a line, which may have just begun."""

    def offered(*words, shell="zsh"):
        asked = {
            "_HOOKBEAT_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": " ".join(["hookbeat", *words]),
            "COMP_CWORD": str(len(words)),
        }
        done = CliRunner().invoke(main, [], prog_name="hookbeat", env=asked)
        assert (done.exit_code, done.stderr) == (0, "")
        lines = done.stdout.split("\n")
        return dict(zip(lines[1::3], lines[2::3], strict=False))

    return offered


def test_commands_and_options_are_offered_by_their_names(offered):
    assert [*offered("pu")] == ["purge"]
    assert [*offered("entry", "s")] == ["set", "show"]
    assert "--queue" in offered("purge", "--")
    assert [*offered("purge", "--queue=lo")] == ["--queue=long"]


def test_entries_are_those_that_beats_stand_for(offered, leader):
    leader.lead().look_at("made-by-somebody")

    assert [*offered("pause", "")] == ["made-by-somebody"]
    assert [*offered("runs", "--entry", "made")] == ["made-by-somebody"]


def test_without_a_beat_they_are_those_of_the_hooks_which_are_not_imported(offered, project, name):
    (project / f"{name}_hooks.py").write_text(CRON.replace("NAME", name))

    assert [*offered("why", name)] == [
        f"{name}_tasks.count@every:90s",
        f"{name}_tasks.tidy@cron:15 18 * * mon-fri",
    ]
    assert [*offered("run", "--event", "e")] == ["every", "every:90s"]
    assert [*offered("purge", "--task", "")] == [f"{name}_tasks.count", f"{name}_tasks.tidy"]
    assert f"{name}_hooks" not in sys.modules


def test_hooks_that_are_computed_are_imported_and_what_they_print_is_kept_back(
    offered, project, name
):
    (project / f"{name}_hooks.py").write_text(
        'print("imported")\n'
        "def tidy(): ...\n"
        'scheduler_events = {"daily": [".".join([__name__, "tidy"])]}\n'
    )

    assert f"{name}_hooks.tidy@daily" in offered("pause", "")


def test_runs_are_the_latest_with_what_became_of_them(offered, sessions):
    ended, open_ = a_run(), a_run(outcome=None, state=RunState.WAITING)
    keep(sessions, ended, open_)
    first, second = str(ended.id)[:8], str(open_.id)[:8]

    assert offered("logs", "")[first] == f"{ended.entry} succeeded, due 2026-03-10 12:00Z"
    assert {*offered("logs", "")} == {first, second}
    assert [*offered("cancel", "")] == [second]
    assert [*offered("cancel", first)] == []


def test_features_and_queues_are_offered_with_what_they_are(offered, sessions):
    with sessions.begin() as session:
        sync(session, [Toggle("SEND_MAIL", "Sends mail")], NOON)

    assert offered("feature", "off", "SEND") == {"SEND_MAIL": "Sends mail"}
    assert offered("purge", "--queue", "") == {
        "default": "300 s a run",
        "short": "300 s a run",
        "long": "1500 s a run",
    }


def test_nothing_is_said_or_made_where_nothing_can_be_asked(
    offered, away, project, name, monkeypatch
):
    away()
    (project / f"{name}_hooks.py").write_text("scheduler_events = {")
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", "sqlite:///none/at/all.db")

    for words in (["pause", ""], ["logs", ""], ["feature", "on", ""], ["run", "--event", ""]):
        assert offered(*words) == {}
    assert not (project / "none").exists()
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"postgresql://127.0.0.1:{free_port()}/none")
    assert offered("logs", "") == {}
    monkeypatch.setenv("HOOKBEAT_NO_SUCH_SETTING", "1")
    assert offered("pause", "") == {}
    assert "purge" in offered("pu")


#: What is typed, as bash takes it apart, and what then stands in place of its last word.
TYPED = {
    "pause {0}_tasks.t": "{0}_tasks.tidy@cron:15\\ 18\\ \\*\\ \\*\\ mon-fri",
    "pause {0}_tasks.count @": "@every:90s",
    "pause {0}_tasks.count @ ev": "@every:90s",
    "pause {0}_tasks.count @ every : 9": "90s",
    "runs --entry = {0}_tasks.count @ every :": "90s",
    "run --eve": "--event",
}


@pytest.mark.parametrize("typed", TYPED)
def test_bash_completes_keys_that_it_takes_apart(hookbeat, away, project, name, typed):
    away()
    (project / f"{name}_hooks.py").write_text(CRON.replace("NAME", name))
    (project / "completion.sh").write_text(hookbeat("completion", "bash").stdout)
    (project / "hookbeat").write_text(
        f"#!{sys.executable}\nfrom beat_schedule.cli import main\nmain(prog_name='hookbeat')\n"
    )
    (project / "hookbeat").chmod(0o755)
    words = ["hookbeat", *typed.format(name).split()]
    asked = (
        f"source ./completion.sh; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; "
        '_hookbeat_completion ./hookbeat; printf "%s\n" "${COMPREPLY[@]}"'
    )

    done = subprocess.run(
        ["bash", "--norc", "-c", asked], check=False, capture_output=True, text=True, env=os.environ
    )

    assert done.stderr == ""
    assert done.stdout == f"{TYPED[typed].format(name)}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_its_script_says_how_it_is_switched_on_and_needs_no_settings(hookbeat, shell, monkeypatch):
    monkeypatch.setenv("HOOKBEAT_NO_SUCH_SETTING", "1")

    done = hookbeat("completion", shell)
    told = json.loads(hookbeat("completion", shell, "--json").stdout)

    assert done.exit_code == 0
    assert f"_HOOKBEAT_COMPLETE={shell}_complete" in done.stdout
    assert done.stdout.splitlines()[-1] == f"# To switch it on: {told['switch_on']}"
    assert done.stdout.startswith(told["script"].rstrip())


def test_it_works_in_the_folder_that_the_line_names(offered, away, monkeypatch, tmp_path):
    away()
    other = tmp_path / "other"
    other.mkdir()
    (other / "other_hooks.py").write_text("scheduler_events = {'daily': ['time.time']}\n")
    monkeypatch.setenv("HOOKBEAT_HOOKS", "other_hooks")

    assert [*offered("-C", str(other), "pause", "")] == ["time.time@daily"]
