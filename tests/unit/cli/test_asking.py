"""Who does something, if nobody says; and when."""

import getpass
import socket
from zoneinfo import ZoneInfo

import click
import pytest

from beat_schedule.cli.asking import instant, myself


def test_it_is_the_user_on_this_machine(monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")

    assert myself() == f"ada@{socket.gethostname()}"


@pytest.mark.parametrize("error", [KeyError("uid"), OSError("no such user")])
def test_a_user_without_a_name_is_somebody(monkeypatch, error):
    def nameless():
        raise error

    monkeypatch.setattr(getpass, "getuser", nameless)

    assert myself().startswith("somebody@")


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("tomorrow", "'tomorrow' is neither a date nor a time: write 2026-03-10"),
        # From there on no week, and no year, could be reckoned.
        ("9999-12-31", "'9999-12-31' is not within the years 1000 to 9000: write"),
        ("0001-01-01", "'0001-01-01' is not within the years 1000 to 9000: write"),
    ],
)
def test_a_time_that_cannot_be_meant_is_misuse(said, complaint):
    with pytest.raises(click.BadParameter, match=complaint):
        instant(said, ZoneInfo("UTC"), "--from")
