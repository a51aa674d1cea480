"""What a run logs and prints, kept in bounds and without passwords."""

import logging
import sys

import pytest

from beat_schedule.runs.call import call_of_function
from beat_schedule.runs.run import Runner
from beat_schedule.settings import Settings
from beat_schedule.store.models import Outcome
from tests.openings import an_opening
from tests.unit.runs.stories import carry, lines_of, row_of


def test_what_a_task_logs_and_prints_is_kept_in_order(runner, sessions, caplog, capsys):
    caplog.set_level("INFO")

    def talk(context):
        print("one")  # noqa: T201
        context.log.info("notice.sent", member=7)
        logging.getLogger("elsewhere").warning("two %s", 2)
        print("three", file=sys.stderr)  # noqa: T201
        print("no end", end="")  # noqa: T201

    opening, _ = carry(runner, talk)
    print("after it")  # noqa: T201

    assert lines_of(sessions, opening) == [
        ("stdout", "one"),
        ("info", "notice.sent member=7"),
        ("warning", "two 2"),
        ("stderr", "three"),
        ("stdout", "no end"),
    ]
    assert capsys.readouterr().out == "one\nno endafter it\n"


def test_lines_of_a_failed_run_are_kept_too(runner, sessions):
    def fail():
        print("as far as here")  # noqa: T201
        raise ValueError("no")

    opening = an_opening()
    with pytest.raises(ValueError, match="no"):
        runner.carry_out(opening, call_of_function(fail, (), {}))

    assert lines_of(sessions, opening) == [("stdout", "as far as here")]


def test_too_many_lines_and_too_long_ones_say_what_was_cut(runner, sessions):
    def chatter():
        for number in range(1_200):
            print(number)  # noqa: T201
        print("x" * 2_500)  # noqa: T201

    opening, _ = carry(runner, chatter)

    lines = [said for _, said in lines_of(sessions, opening)]
    assert len(lines) == 1_000
    assert lines[500] == "… 202 lines were not kept …"
    assert lines[-1].endswith("x … 500 more characters were not kept")


def test_a_line_that_never_ends_is_kept_in_bounds(runner, sessions):
    def print_dots():
        for _ in range(100):
            print("." * 1_000, end="")  # noqa: T201

    opening, _ = carry(runner, print_dots)

    [(_, line)] = lines_of(sessions, opening)
    assert line == "." * 2_000 + " … 98000 more characters were not kept"


class Mute:
    def __str__(self):
        raise ValueError("no words")


@pytest.mark.parametrize(("words", "value"), [("%d items", "three"), ("value %s", Mute())])
def test_a_bad_call_of_a_logger_fails_no_run(runner, sessions, monkeypatch, words, value):
    # Pytest's own handlers raise what the standard ones only print.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])

    opening, _ = carry(runner, lambda: logging.getLogger("shop").error(words, value))

    assert row_of(sessions, opening).outcome is Outcome.SUCCEEDED
    [(level, line)] = lines_of(sessions, opening)
    assert level == "error"
    assert line.startswith("a line that cannot be written")


def test_bytes_can_be_printed_too(runner, sessions, capfdbinary):
    opening, _ = carry(runner, lambda: sys.stdout.buffer.write(b"\xff\x00"))

    assert row_of(sessions, opening).outcome is Outcome.SUCCEEDED
    assert capfdbinary.readouterr().out.startswith(b"\xff\x00")


def test_passwords_of_the_settings_are_not_kept(settings, sessions, clock):
    secretive = settings.model_copy(
        update={"smtp_url": Settings(smtp_url="smtp://me:p%40ssword@mail").smtp_url}
    )
    runner = Runner(settings=secretive, sessions=sessions, clock=clock)

    def leak():
        print("logging in with p@ssword")  # noqa: T201
        raise ValueError("refused: smtp://me:p%40ssword@mail")

    opening = an_opening()
    with pytest.raises(ValueError, match="refused"):
        runner.carry_out(opening, call_of_function(leak, (), {}))

    row = row_of(sessions, opening)
    assert lines_of(sessions, opening) == [("stdout", "logging in with ***")]
    assert "ssword" not in row.error + row.traceback
