"""Who does something, if nobody says."""

import getpass
import socket

import pytest

from beat_schedule.cli.asking import myself


def test_it_is_the_user_on_this_machine(monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")

    assert myself() == f"ada@{socket.gethostname()}"


@pytest.mark.parametrize("error", [KeyError("uid"), OSError("no such user")])
def test_a_user_without_a_name_is_somebody(monkeypatch, error):
    def nameless():
        raise error

    monkeypatch.setattr(getpass, "getuser", nameless)

    assert myself().startswith("somebody@")
