"""Decorators of the `handle` of a Task class."""

import pytest

from beat_schedule import Task, cron_context, cron_require_feature, log_cron
from beat_schedule.runs.marks import marks_of
from beat_schedule.runs.verdict import SkippedError
from beat_schedule.translate.carried import function_of


class Index(Task):
    built = 0

    def __init__(self):
        type(self).built += 1

    @log_cron
    @cron_require_feature("SYNC")
    def handle(self, kind="members"):
        return kind


def test_its_line_has_the_name_of_its_class(in_run, lines):
    assert in_run(function_of(Index)) == "members"

    started, ended = lines()
    assert started.startswith(f"type=cron name={Index.__name__}.handle status=started")
    assert "status=ended" in ended


def test_its_run_is_skipped_while_the_feature_is_off(in_run):
    with pytest.raises(SkippedError):
        in_run(function_of(Index), features={"SYNC": False})


def test_guards_know_what_it_requires():
    assert marks_of(function_of(Index)).features == ("SYNC",)


def test_the_context_is_asked_for_and_not_put_before_self():
    with pytest.raises(TypeError, match=r"Wrong\.handle is a method: let it ask for `context`"):

        class Wrong(Task):
            @cron_context
            def handle(self): ...
