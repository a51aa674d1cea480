"""Chores for anybody's hooks: old files, and whether there is a newer version."""

import os
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from beat_schedule import __version__
from beat_schedule.housekeeping import HousekeepingError, check_version, remove_old_files
from beat_schedule.settings import Settings
from tests.openings import NOON
from tests.unit.runs.surroundings import a_context

INDEX = "https://packages.example.org/pypi"


def a_file(path: Path, age: timedelta) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("1234")
    at = (NOON - age).timestamp()
    os.utime(path, (at, at))
    return path


@pytest.fixture
def context():
    context = a_context()
    context.clock.step(NOON - context.clock.now())
    return context


def test_files_that_nobody_has_written_to_for_so_long_go_and_nothing_else(context, tmp_path):
    kept = a_file(tmp_path / "kept/secret", timedelta(days=9))
    folder = tmp_path / "tmp"
    old = a_file(folder / "a/b/old", timedelta(hours=3))
    young = a_file(folder / "a/young", timedelta(hours=1))
    (folder / "link").symlink_to(kept)
    (folder / "elsewhere").symlink_to(kept.parent)

    remove_old_files(context, str(folder), "2h")

    assert not old.exists()
    assert old.parent.is_dir()
    assert young.exists()
    assert (folder / "link").is_symlink()
    assert kept.exists()
    assert context.counts == {"removed": 1, "bytes": 4, "failed": 0}


def test_a_folder_that_is_none_is_told(context, tmp_path):
    with pytest.raises(HousekeepingError, match="is no folder: nothing was removed"):
        remove_old_files(context, str(tmp_path / "tpm"))


def test_a_file_that_cannot_be_removed_stops_no_other(context, tmp_path, monkeypatch):
    for name in "abc":
        a_file(tmp_path / name, timedelta(days=2))
    unlink = os.unlink

    def refuse(name, **how):
        if name == "b":
            raise PermissionError(1, "Operation not permitted")
        unlink(name, **how)

    monkeypatch.setattr(os, "unlink", refuse)

    with pytest.raises(HousekeepingError, match=r"1 could not be removed; .*/b: Operation not"):
        remove_old_files(context, str(tmp_path))

    assert [each.name for each in tmp_path.iterdir()] == ["b"]
    assert context.counts == {"removed": 2, "bytes": 8, "failed": 1}


def test_a_folder_that_cannot_be_looked_into_is_told_and_stops_no_other(
    context, tmp_path, monkeypatch
):
    hidden = a_file(tmp_path / "closed/old", timedelta(days=2))
    seen = a_file(tmp_path / "open/old", timedelta(days=2))
    look_into = os.open

    def refuse(path, *how, **more):
        if path == "closed":
            raise PermissionError(13, "Permission denied", path)
        return look_into(path, *how, **more)

    monkeypatch.setattr(os, "open", refuse)

    with pytest.raises(HousekeepingError, match=r"1 could .*; closed below .*: Permission"):
        remove_old_files(context, str(tmp_path))

    assert (hidden.exists(), seen.exists()) == (True, False)
    assert context.counts == {"removed": 1, "bytes": 4, "failed": 1}


def an_index(version=__version__, status=200):
    """A client whose requests an index answers that knows this version."""

    def answer(request):
        assert request.url == f"{INDEX}/hookbeat/json"
        return httpx.Response(status, json={"info": {"version": version}})

    return httpx.Client(transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(("latest", "newer"), [(__version__, 0), ("0.0.1", 0), ("99.0", 1)])
def test_a_newer_version_is_told(latest, newer):
    with capture_logs() as said:
        context = a_context()
        check_version(context, an_index(latest), INDEX)

    assert context.counts == {"installed": __version__, "latest": latest, "newer": newer}
    assert [each["event"] for each in said] == ["version.outdated"] * newer


def test_the_index_that_the_settings_name_is_asked_where_no_other_is_said():
    context = a_context()
    context.settings = Settings(package_index=INDEX)

    check_version(context, an_index("99.0"))

    assert context.counts["newer"] == 1


def test_without_an_index_nobody_is_asked():
    context = a_context()

    check_version(context, None)

    assert context.counts == {"asked": 0}


def test_an_index_that_does_not_know_the_package_is_told():
    with pytest.raises(HousekeepingError, match="says 404 of hookbeat"):
        check_version(a_context(), an_index(status=404), INDEX)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"info": null}', b"\xff"])
def test_an_index_that_tells_of_nothing_is_told(body):
    answer = httpx.MockTransport(lambda _: httpx.Response(200, content=body))

    with pytest.raises(HousekeepingError, match="does not tell of hookbeat as PyPI does"):
        check_version(a_context(), httpx.Client(transport=answer), INDEX)
