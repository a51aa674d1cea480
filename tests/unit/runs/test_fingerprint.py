"""Errors that are alike have one fingerprint, in every process and after every deploy."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from beat_schedule.runs.fingerprint import fingerprint_of
from beat_schedule.runs.inline import StoppedError


def caught(function, *args):
    try:
        function(*args)
    except BaseException as error:  # noqa: BLE001 -- whatever it is
        return fingerprint_of(error)
    raise AssertionError


def of_source(source, folder="/srv/one", name="tasks.shop", call="close"):
    """What an error has that a project's module raises, installed in some folder."""
    space = {"__name__": name}
    exec(compile(textwrap.dedent(source), f"{folder}/shop.py", "exec"), space)  # noqa: S102
    return caught(space[call])


def refuse(member):
    raise LookupError(f"no member {member}")


def by_another_way(member):
    refuse(member)


SHOP = """
def close():
    count()

def count():
    raise LookupError("nothing there")
"""


def test_it_is_short_and_of_hexadecimal_digits():
    fingerprint = caught(refuse, 1)

    assert len(fingerprint) == 16
    assert set(fingerprint) <= set("0123456789abcdef")


def test_what_the_words_say_makes_no_difference():
    assert caught(refuse, 1) == caught(refuse, 2)


def test_the_way_to_it_and_the_type_make_one():
    found = {
        of_source(SHOP),
        of_source(SHOP, call="count"),
        of_source(SHOP.replace("LookupError", "KeyError")),
        of_source(SHOP.replace("count", "sum_up")),
        of_source(SHOP, name="tasks.sync"),
        caught(refuse, 1),
        caught(by_another_way, 1),
    }

    assert len(found) == 7


def test_lines_that_move_and_another_folder_make_none():
    later = f"import os\n\n\n{SHOP}"

    assert of_source(SHOP) == of_source(later, folder="/srv/releases/2026-11-21")


def test_libraries_make_none():
    # The standard library's own frames would change with Python.
    assert of_source('import json\n\ndef close():\n    json.loads("{")', call="close") == of_source(
        "import json\n\ndef close():\n    raise json.JSONDecodeError('', '', 0)", call="close"
    )


def test_an_error_within_a_library_alone_is_told_by_that():
    with pytest.raises(ValueError, match="Expecting") as told:
        json.loads("{")
    frames = told.value.__traceback__
    # As if a task were the library's own function.
    told.value.__traceback__ = frames.tb_next

    assert fingerprint_of(told.value) != fingerprint_of(ValueError())


def test_how_deep_it_recursed_makes_none():
    def dive(depth):
        if depth == 0:
            raise LookupError("the ground")
        dive(depth - 1)

    assert caught(dive, 3) == caught(dive, 50)


def test_what_it_comes_from_makes_one():
    source = """
    def close():
        try:
            {}
        except Exception as error:
            raise RuntimeError("not closed") from error
    """

    assert of_source(source.format("1 / 0")) != of_source(source.format("int('x')"))


def test_an_error_that_comes_from_itself_has_an_end():
    error = RuntimeError("round")
    error.__cause__ = error

    assert len(fingerprint_of(error)) == 16


@pytest.mark.parametrize("kind", [SoftTimeLimitExceeded, KeyboardInterrupt])
def test_where_a_limit_or_a_signal_struck_makes_none(kind):
    here = "def close():\n    a()\ndef a():\n    raise kind\ndef b():\n    raise kind\n"
    space = f"from {kind.__module__} import {kind.__name__} as kind\n"

    assert of_source(space + here) == of_source(space + here.replace("    a()", "    b()"))


def test_a_run_that_a_signal_stopped_has_one_too():
    assert len(fingerprint_of(StoppedError(15))) == 16


def test_it_is_the_same_in_another_process(tmp_path: Path):
    (tmp_path / "shop.py").write_text(SHOP)
    asked = textwrap.dedent("""
        import shop
        from beat_schedule.runs.fingerprint import fingerprint_of
        try:
            shop.close()
        except LookupError as error:
            print(fingerprint_of(error))
    """)
    # Tuples and sets of text are hashed otherwise in each process: this must not tell.
    found = {
        subprocess.run(
            [sys.executable, "-c", asked],
            cwd=tmp_path,
            env={"PYTHONPATH": str(Path.cwd()), "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }

    assert len(found) == 1
    assert found != {""}
