"""What the house does for itself: a sign of life, old files."""

import logging
import os

import pytest

from tasks.housekeeping import TEMPORARY, heartbeat, remove_temporary_files
from tests.unit.runs.surroundings import a_context


@pytest.fixture
def context(tmp_path, monkeypatch):
    """A run in a project's folder."""
    monkeypatch.chdir(tmp_path)
    return a_context()


def test_a_heartbeat_is_one_line_in_the_log(caplog):
    caplog.set_level(logging.INFO)

    heartbeat()

    assert [record.message for record in caplog.records] == ["heartbeat.sounded"]


def test_old_temporary_files_go_and_what_stands_beside_them_stays(context, tmp_path):
    folder = tmp_path / TEMPORARY
    folder.mkdir(parents=True)
    record = folder.parent / "hookbeat.db"
    for file in (folder / "old", record):
        file.write_text("1234")
        os.utime(file, (0, 0))
    (folder / "young").write_text("1234")

    remove_temporary_files(context)

    assert [file.name for file in folder.iterdir()] == ["young"]
    assert record.exists()
    assert context.counts["removed"] == 1


def test_where_no_task_left_a_file_nothing_is_to_do(context):
    remove_temporary_files(context)

    assert context.counts == {"removed": 0, "bytes": 0, "failed": 0}
