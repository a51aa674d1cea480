"""Logging: an event name and its fields, for people or as JSON, without passwords."""

import io
import json
import logging
import threading

import pytest

from beat_schedule import logs
from beat_schedule.settings import Settings


@pytest.fixture
def root():
    """The root logger, as it was before, after."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture
def said(root):
    """What is said through our own configuration, line by line."""
    stream = io.StringIO()
    logs.configure(
        Settings(log_format="json", redis_url="redis://:sesame%21@localhost:6379/0"), stream
    )
    assert len(root.handlers) == 1
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields_and_what_is_bound(said):
    with logs.bound(run="42"):
        logs.logger("hookbeat.run").info("run.started", attempt=1)

    [line] = said()
    assert {name: line[name] for name in line if name != "timestamp"} == {
        "event": "run.started",
        "level": "info",
        "logger": "hookbeat.run",
        "attempt": 1,
        "run": "42",
    }


def test_lines_of_others_carry_what_is_bound_and_their_extra(said):
    with logs.bound(run="42"):
        logging.getLogger("celery.worker").warning("lost %s", "it", extra={"queue": "long"})

    [line] = said()
    assert (line["event"], line["run"], line["queue"]) == ("lost it", "42", "long")


def test_an_exception_comes_with_its_traceback(said):
    try:
        int("no")
    except ValueError:
        logs.logger("hookbeat.run").exception("run.failed")

    assert "ValueError: invalid literal" in said()[0]["exception"]


def test_passwords_are_never_said(said):
    logs.logger("hookbeat.run").error("redis.lost", error="redis://:sesame%21@localhost refused")
    logging.getLogger("other").error("the password is sesame!")

    assert "sesame" not in json.dumps(said())


def test_without_configuration_the_text_says_the_fields(caplog, root):
    root.setLevel("INFO")
    logs.logger("hookbeat.run").info("run.succeeded", counts={"sent": 3})

    assert caplog.messages == ["run.succeeded counts={'sent': 3}"]


def test_what_looks_like_a_secret_is_not_said_either(said):
    logging.getLogger("other").warning("Authorization: Bearer 0123456789abcdef")

    [line] = said()
    assert line["event"] == "Authorization: Bearer ***"


def test_urls_that_are_keys_are_hidden_in_parts():
    hide = logs.without_secrets(
        Settings(
            alerts="slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ,"
            "mailto://ada:sesame%21@mail.example.org",
            beat_ping="https://hc-ping.com/1f3c9a2e-7b61-5d0b-9f3f-0f6f5f9f8f11",
        )
    )

    said = hide(
        "hc-ping.com/1f3c9a2e-7b61-5d0b-9f3f-0f6f5f9f8f11/start and mail.example.org: sesame! "
        "and /T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    )

    assert said == "hc-ping.com/***/start and mail.example.org: *** and /T1JJ3T3L2/A1BRTD4JD/***"


def test_what_a_library_complains_of_is_overheard_and_goes_nowhere(caplog):
    caplog.set_level("INFO")
    library = logging.getLogger("library")
    with logs.overheard("library") as said:
        library.warning("called %s", "https://h/key")
        library.info("sent")
        other = threading.Thread(target=library.warning, args=("said elsewhere",))
        other.start()
        other.join()
    library.warning("said afterwards")

    assert said == ["called https://h/key"]
    assert caplog.messages == ["said elsewhere", "said afterwards"]
