"""Whose clock the times are by that people are shown."""

import json

import pytest


@pytest.fixture
def ran(hookbeat, name):
    """A run of midnight in Paris, in winter."""
    hookbeat("run", f"{name}_tasks.count", "--inline", "--at", "2026-03-09T23:00:00Z")


@pytest.mark.usefixtures("ran")
def test_times_are_by_the_clock_of_the_setting_or_of_the_zone_that_is_asked_for(
    hookbeat, monkeypatch
):
    assert "2026-03-09 23:00:00Z" in hookbeat("runs").output

    monkeypatch.setenv("HOOKBEAT_TIMEZONE", "Europe/Paris")
    assert "2026-03-10 00:00:00 CET" in hookbeat("runs").output
    assert "2026-03-10 08:00:00 JST" in hookbeat("--zone", "Asia/Tokyo", "runs").output
    assert "2026-03-09 23:00:00Z" in hookbeat("--zone", "UTC", "runs").output


def test_times_are_taken_by_the_same_clock(hookbeat):
    span = ("--from", "2026-03-10", "--to", "2026-03-11")
    done = hookbeat("--zone", "Asia/Tokyo", "simulate", *span, "--json")

    assert json.loads(done.stdout)["since"] == "2026-03-09T15:00:00+00:00"


@pytest.mark.usefixtures("ran")
def test_machines_are_told_absolute_times(hookbeat):
    [run] = json.loads(hookbeat("--zone", "Asia/Tokyo", "runs", "--json").output)

    assert run["due_at"] == "2026-03-09T23:00:00+00:00"


@pytest.mark.parametrize(
    ("zone", "cure"),
    [("Europe/Pariss", "did you mean 'Europe/Paris'?"), ("", "write it as Europe/Paris or UTC")],
)
def test_a_zone_that_nobody_knows_is_misuse(hookbeat, zone, cure):
    done = hookbeat("--zone", zone, "runs")

    assert done.exit_code == 2
    assert cure in " ".join(done.output.split())
