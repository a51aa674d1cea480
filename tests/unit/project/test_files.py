"""Files are looked at: what counts as a change."""

import os

from beat_schedule.project import Files


def test_a_file_that_was_written_is_a_change_once(tmp_path):
    hooks = tmp_path / "hooks.py"
    hooks.write_text("a = 1\n")
    files = Files([tmp_path])

    hooks.write_text("a = 2\n")

    assert files.changed() == {hooks}
    assert files.changed() == set()


def test_a_file_that_says_the_same_is_none(tmp_path):
    hooks = tmp_path / "hooks.py"
    hooks.write_text("a = 1\n")
    files = Files([tmp_path])

    os.utime(hooks, (1, 1))

    assert files.changed() == set()


def test_so_is_one_that_is_new_or_gone_if_it_is_python(tmp_path):
    old, new = tmp_path / "old.py", tmp_path / "new.py"
    old.write_text("")
    files = Files([tmp_path])

    old.unlink()
    new.write_text("")
    (tmp_path / "run.log").write_text("said")

    assert files.changed() == {old, new}


def test_what_is_there_when_a_folder_is_first_looked_into_counts_as_seen(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    files = Files([one, other])
    other.mkdir()
    (other / "late.py").write_text("")
    assert files.changed() == {other / "late.py"}

    third = tmp_path / "third"
    third.mkdir()
    (third / "there.py").write_text("")
    (one / "between.py").write_text("")
    files.follow([one, third])

    assert files.changed() == {one / "between.py"}


def test_a_folder_that_is_made_below_is_looked_into_as_well(tmp_path):
    files = Files([tmp_path / "*"])

    for name in ("clock", "__pycache__", ".git"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "made.py").write_text("")

    assert files.changed() == {tmp_path / "clock/made.py"}
