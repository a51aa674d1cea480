"""The library's settings, from their texts."""

from datetime import UTC, date, datetime, time

import pytest

from tasks.library.days import BEGINNING, Period
from tasks.library.errors import LibrarySettingsError
from tasks.library.settings.specs import SPECS, QuietHours, parsed, understood

GIVEN = {"loan_period": "30"}


def test_defaults():
    settings = understood(GIVEN, "Europe/Paris")

    assert settings.rules.periods == (Period(30, BEGINNING),)
    assert settings.zone.key == "Europe/Paris"
    assert (settings.reminder_after_days, settings.reminder_max) == (7, 3)
    assert (settings.quiet_hours, settings.language, settings.rules.grace_days) == (None, "en", 0)


def test_every_default_can_be_understood_and_every_setting_has_a_meaning():
    texts = {name: spec.default for name, spec in SPECS.items() if spec.default is not None}

    assert parsed(texts)[1] == []
    assert all(spec.meaning for spec in SPECS.values())


def test_every_problem_is_told_at_once():
    bad = {"reminder_max": "0", "timezone": "Europe/Pari", "grace": "1"}

    with pytest.raises(LibrarySettingsError) as error:
        understood(bad, "UTC")

    told = str(error.value)
    assert "nobody was mailed" in told
    for complaint in (
        "loan_period: is not set (python -m tasks.library settings loan_period=30)",
        "reminder_max: must be a whole number from 1 to 100; it is '0'",
        "timezone: must be a time zone; did you mean 'Europe/Paris'?",
        "grace: no such setting (did you mean 'grace_days'?)",
    ):
        assert complaint in told


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("30", [Period(30)]),
        ("30, 21 from 2026-09-01", [Period(30), Period(21, date(2026, 9, 1))]),
    ],
)
def test_loan_periods(text, periods):
    assert list(understood({"loan_period": text}, "UTC").rules.periods) == periods
    assert ", ".join(map(str, periods)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "-1", "3651", "1e2", "30 days", "٣٠", "30,", "30 from 2026-01-01"),
        *("30, 21", "30, 21 from tomorrow", "30, 20 from 2026-02-01, 10 from 2026-01-01"),
    ],
)
def test_bad_loan_periods(text):
    with pytest.raises(LibrarySettingsError, match="loan_period: must"):
        understood({"loan_period": text}, "UTC")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("quiet_hours", bad) for bad in ("yes", "21-7", "25:00-07:00", "07:00-07:00")),
        *(("closed_weekdays", bad) for bad in ("sunday", "mon,tue,wed,thu,fri,sat,sun")),
        *(("closed_dates", bad) for bad in ("12-25", "2026-02-30", "2026-02-02..2026-02-01")),
        *(("language", bad) for bad in ("de", "")),
        *(("batch_size", bad) for bad in ("0", "5001")),
    ],
)
def test_other_bad_values(name, text):
    with pytest.raises(LibrarySettingsError, match=name):
        understood(GIVEN | {name: text}, "UTC")


def test_closed_days():
    closed = understood(
        GIVEN
        | {"closed_weekdays": "Sat, sun", "closed_dates": "2026-12-25,2026-08-03..2026-08-05"},
        "UTC",
    ).rules.closed

    assert [date(2026, 8, day) in closed for day in (1, 2, 3, 5, 6)] == [
        True,
        True,
        True,
        True,
        False,
    ]
    assert date(2026, 12, 25) in closed


@pytest.mark.parametrize(
    ("start", "stop", "quiet", "loud"),
    [
        (time(21), time(7), ["21:00", "23:59", "00:00", "06:59"], ["07:00", "20:59"]),
        (time(12), time(14), ["12:00", "13:59"], ["11:59", "14:00", "00:00"]),
    ],
)
def test_quiet_hours(start, stop, quiet, loud):
    hours = QuietHours(start, stop)

    assert all(at(text) in hours for text in quiet)
    assert not any(at(text) in hours for text in loud)


def at(text):
    return datetime.combine(date(2026, 2, 1), time.fromisoformat(text), UTC)


def test_quiet_hours_are_the_library_s():
    settings = understood(GIVEN | {"quiet_hours": "21:00-07:00", "timezone": "Asia/Tokyo"}, "UTC")

    assert settings.is_quiet(at("13:00"))
    assert not settings.is_quiet(at("22:00"))
